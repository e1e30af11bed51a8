/** An index over a google.protobuf.FileDescriptorSet: which file declares a symbol, and what must be sent with a file. */
import { WireReader, WireType } from "../../wire/wire-reader.ts";

interface DescribedFile {
  readonly name: string;
  /** The FileDescriptorProto as it is. */
  readonly bytes: Buffer;
  readonly dependencies: readonly string[];
}

export interface DescriptorIndex {
  /** The file and all it imports, the file itself first; undefined = no such file. */
  filesByName(name: string): readonly Buffer[] | undefined;
  /** As above for the file that declares a message, enum, service or method. */
  filesBySymbol(symbol: string): readonly Buffer[] | undefined;
}

/** Field numbers of google/protobuf/descriptor.proto. */
const FILE = { name: 1, package: 2, dependency: 3, message: 4, enum: 5, service: 6 };
const MESSAGE = { name: 1, nested: 3, enum: 4 };
const SERVICE = { name: 1, method: 2 };
const NAME = 1;

export function indexDescriptors(fileDescriptorSet: Buffer): DescriptorIndex {
  const files = new Map<string, DescribedFile>();
  const symbols = new Map<string, DescribedFile>();
  for (const bytes of fieldsOf(fileDescriptorSet).get(1) ?? []) {
    const fields = fieldsOf(bytes);
    const file = {
      name: text(fields, FILE.name),
      bytes,
      dependencies: (fields.get(FILE.dependency) ?? []).map(String),
    };
    files.set(file.name, file);
    const prefix = text(fields, FILE.package);
    const declare = (symbol: string): unknown => symbols.set(symbol, file);
    for (const message of fields.get(FILE.message) ?? []) declareMessage(message, prefix, declare);
    for (const enumeration of fields.get(FILE.enum) ?? []) declare(qualified(prefix, enumeration));
    for (const service of fields.get(FILE.service) ?? []) {
      const name = qualified(prefix, service);
      declare(name);
      for (const method of fieldsOf(service).get(SERVICE.method) ?? []) declare(qualified(name, method));
    }
  }
  const withImports = (file: DescribedFile | undefined): readonly Buffer[] | undefined => {
    if (file === undefined) return undefined;
    const found = new Set([file]);
    // A Set that grows while it is walked is walked to its end.
    for (const known of found) {
      for (const name of known.dependencies) {
        const dependency = files.get(name);
        if (dependency !== undefined) found.add(dependency);
      }
    }
    return [...found].map(({ bytes }) => bytes);
  };
  return {
    filesByName: (name) => withImports(files.get(name)),
    filesBySymbol: (symbol) => withImports(symbols.get(symbol)),
  };
}

function declareMessage(message: Buffer, prefix: string, declare: (symbol: string) => unknown): void {
  const name = qualified(prefix, message);
  declare(name);
  const fields = fieldsOf(message);
  for (const nested of fields.get(MESSAGE.nested) ?? []) declareMessage(nested, name, declare);
  for (const enumeration of fields.get(MESSAGE.enum) ?? []) declare(qualified(name, enumeration));
}

function qualified(prefix: string, declaration: Buffer): string {
  const name = text(fieldsOf(declaration), NAME);
  return prefix === "" ? name : `${prefix}.${name}`;
}

function text(fields: ReadonlyMap<number, readonly Buffer[]>, field: number): string {
  return fields.get(field)?.[0]?.toString() ?? "";
}

/** All length-delimited fields of a message. */
function fieldsOf(message: Buffer): Map<number, Buffer[]> {
  const reader = new WireReader().reset(message, 0, message.length);
  const fields = new Map<number, Buffer[]>();
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    reader.skip(tag);
    if ((tag & 7) !== WireType.LENGTH) continue;
    const value = message.subarray(reader.start, reader.stop);
    const values = fields.get(tag >>> 3);
    if (values === undefined) fields.set(tag >>> 3, [value]);
    else values.push(value);
  }
  return fields;
}
