/** Our .proto files against the descriptors of the installed Feast package and of gRPC's own Python packages. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, test } from "vitest";

interface FieldDescriptor {
  readonly name: string;
  readonly number: number;
  readonly label: string;
  readonly type: string;
  readonly typeName?: string;
  readonly oneofIndex?: number;
  readonly proto3Optional?: boolean;
}
interface EnumDescriptor {
  readonly name: string;
  readonly value: readonly { readonly name: string; readonly number?: number }[];
}
interface MessageDescriptor {
  readonly name: string;
  readonly field?: readonly FieldDescriptor[];
  readonly nestedType?: readonly MessageDescriptor[];
  readonly enumType?: readonly EnumDescriptor[];
  readonly oneofDecl?: readonly { readonly name: string }[];
  readonly options?: { readonly mapEntry?: boolean };
}
interface MethodDescriptor {
  readonly name: string;
  readonly inputType: string;
  readonly outputType: string;
  readonly clientStreaming?: boolean;
  readonly serverStreaming?: boolean;
}
interface FileDescriptor {
  readonly name: string;
  readonly package?: string;
  readonly syntax: string;
  readonly messageType?: readonly MessageDescriptor[];
  readonly enumType?: readonly EnumDescriptor[];
  readonly service?: readonly { readonly name: string; readonly method?: readonly MethodDescriptor[] }[];
}

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Members of each message, enum and service, by full name. */
type Contract = Map<string, Map<string, string>>;
let ours: readonly FileDescriptor[];
let theirs: readonly FileDescriptor[];
let theirContract: Contract;

beforeAll(() => {
  ours = filesOf(`${root}node_modules/.bin/buf`, ["build", "--output", "-#format=json"]).filter(
    (file) => !file.name.startsWith("google/"),
  );
  theirs = filesOf(`${root}.venv/bin/python`, [`${root}test/conformance/dump-descriptors.py`]);
  theirContract = contractOf(theirs);
});

function filesOf(command: string, args: readonly string[]): readonly FileDescriptor[] {
  return JSON.parse(execFileSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })).file;
}

function contractOf(files: readonly FileDescriptor[]): Contract {
  const contract: Contract = new Map();
  for (const file of files) {
    const scope = file.package === undefined ? "" : `${file.package}.`;
    for (const message of file.messageType ?? []) addMessage(contract, scope, message);
    for (const item of file.enumType ?? []) addEnum(contract, scope, item);
    for (const { name, method = [] } of file.service ?? []) {
      contract.set(scope + name, new Map(method.map((item) => [item.name, describeMethod(item)])));
    }
  }
  return contract;
}

function addMessage(contract: Contract, scope: string, message: MessageDescriptor): void {
  const name = scope + message.name;
  contract.set(name, new Map((message.field ?? []).map((field) => [field.name, describeField(message, field)])));
  for (const nested of message.nestedType ?? []) addMessage(contract, `${name}.`, nested);
  for (const item of message.enumType ?? []) addEnum(contract, `${name}.`, item);
}

function addEnum(contract: Contract, scope: string, item: EnumDescriptor): void {
  contract.set(scope + item.name, new Map(item.value.map((value) => [value.name, String(value.number ?? 0)])));
}

function describeField(message: MessageDescriptor, field: FieldDescriptor): string {
  const oneof = field.oneofIndex === undefined ? "" : ` of oneof ${message.oneofDecl?.[field.oneofIndex]?.name}`;
  const map = message.options?.mapEntry ? " of a map entry" : "";
  const optional = field.proto3Optional ? " optional" : "";
  return `${field.number}: ${field.label} ${field.type} ${field.typeName ?? ""}${oneof}${map}${optional}`;
}

function describeMethod(method: MethodDescriptor): string {
  const stream = (streams: boolean | undefined): string => (streams ? "stream " : "");
  return `${stream(method.clientStreaming)}${method.inputType} -> ${stream(method.serverStreaming)}${method.outputType}`;
}

/** gRPC's Python packages name their files otherwise than the .proto files of gRPC itself. */
const sameFile = (name: string): string => name.replace(/^grpc\/(health|reflection)\//, "grpc_$1/");

describe("descriptors", () => {
  test("both sides are there", ({ expect }) => {
    expect(ours.map((file) => file.name)).toEqual(
      expect.arrayContaining([
        "feast/core/Registry.proto",
        "feast/serving/GrpcServer.proto",
        "feast/serving/ServingService.proto",
        "feast/types/EntityKey.proto",
        "feast/types/Value.proto",
        "grpc/health/v1/health.proto",
        "grpc/reflection/v1alpha/reflection.proto",
      ]),
    );
    expect(theirs.length).toBeGreaterThan(30);
  });

  test("every message, enum and service of ours is theirs, with the same members", ({ expect }) => {
    const differences: string[] = [];
    // gRPC's Python package has no reflection v1; the last test here compares it with v1alpha.
    for (const [name, members] of contractOf(ours.filter((file) => file.package !== "grpc.reflection.v1"))) {
      const real = theirContract.get(name);
      if (real === undefined) differences.push(`${name} does not exist there`);
      for (const [member, text] of members) {
        if (real?.get(member) !== text) differences.push(`${name}.${member} is ${text}, there ${real?.get(member)}`);
      }
    }
    expect(differences).toEqual([]);
  });

  test("files outside feast.core are complete", ({ expect }) => {
    for (const file of ours.filter(({ package: name }) => name !== "feast.core" && name !== "grpc.reflection.v1")) {
      const real = theirs.find((candidate) => candidate.name === sameFile(file.name));
      expect(real, file.name).toBeDefined();
      expect([...contractOf([file])].map(withSortedMembers).sort(), file.name).toEqual(
        [...contractOf(real ? [real] : [])].map(withSortedMembers).sort(),
      );
    }
  });

  test("files have the syntax and package, and feast.core the enums, of theirs", ({ expect }) => {
    for (const file of ours.filter(({ package: name }) => name !== "grpc.reflection.v1")) {
      const real = theirs.find((candidate) => candidate.name === sameFile(file.name));
      expect([file.name, file.syntax, file.package]).toEqual([file.name, real?.syntax, real?.package]);
      const enums = (of: FileDescriptor | undefined) => contractOf(of ? [{ ...of, messageType: [], service: [] }] : []);
      for (const [name, values] of enums(file)) expect(values, name).toEqual(enums(real).get(name));
    }
  });

  test("reflection v1 is v1alpha under another name", ({ expect }) => {
    const text = (version: string) => {
      const files = ours.filter((file) => file.package === `grpc.reflection.${version}`);
      return JSON.stringify([...contractOf(files)].map(withSortedMembers)).replaceAll(`reflection.${version}.`, "");
    };
    expect(text("v1")).toBe(text("v1alpha"));
    expect(text("v1")).toContain("ServerReflectionInfo");
  });
});

function withSortedMembers([name, members]: [string, Map<string, string>]): [string, [string, string][]] {
  return [name, [...members].sort()];
}
