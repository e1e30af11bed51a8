/** The HTTP body itself: FastAPI's validation and Feast's lax fields (feast/feature_server.py:GetOnlineFeaturesRequest). */
import type { WrittenCase } from "./written-case.ts";

const ENTITIES = '"entities":{"driver_id":[1]}';
const FEATURES = '"features":["driver_stats:trips"]';

const body = (name: string, text: string): WrittenCase => ({ name, body: text, repos: ["sqlite"] });

export const BODY_CASES: readonly WrittenCase[] = [
  body("empty", ""),
  body("not JSON", "hello"),
  body("cut off", `{${ENTITIES}`),
  body("null", "null"),
  body("an array", "[]"),
  body("a string", '"x"'),
  body("no entities", `{${FEATURES}}`),
  body("entities null", `{"entities":null,${FEATURES}}`),
  body("entities an array", `{"entities":[],${FEATURES}}`),
  body("a column that is no array", `{"entities":{"driver_id":1},${FEATURES}}`),
  body("a column that is a string", `{"entities":{"driver_id":"12"},${FEATURES}}`),
  body("a column that is null", `{"entities":{"driver_id":null},${FEATURES}}`),
  body("features null", `{${ENTITIES},"features":null}`),
  body("features a string", `{${ENTITIES},"features":"driver_stats:trips"}`),
  body("features of numbers", `{${ENTITIES},"features":[1]}`),
  body("service a number", `{${ENTITIES},"feature_service":1}`),
  ...[
    "true",
    "false",
    "1",
    "0",
    '"true"',
    '"yes"',
    '"on"',
    '"T"',
    '"y"',
    '"no"',
    '"off"',
    "1.0",
    "2",
    '"2"',
    "null",
    '"maybe"',
    "[]",
  ].map((flag) => body(`full_feature_names ${flag}`, `{${ENTITIES},${FEATURES},"full_feature_names":${flag}}`)),
  body("metadata flag as text", `{${ENTITIES},${FEATURES},"include_feature_view_version_metadata":"yes"}`),
  body("metadata flag", `{${ENTITIES},${FEATURES},"include_feature_view_version_metadata":true}`),
  body("unknown fields", `{${ENTITIES},${FEATURES},"request_context":{"a":[1]},"x":1}`),
  body("duplicate keys, the last wins", `{"entities":{"driver_id":[999]},${ENTITIES},${FEATURES}}`),
  body("duplicate columns, the last wins", `{"entities":{"driver_id":[2],"driver_id":[1]},${FEATURES}}`),
  body("white space", ` \n\t{ "entities" : { "driver_id" : [ 1 , 2 ] } , ${FEATURES} } \r\n`),
  body("escapes", `{"entities":{"driver\\u005fid":[1]},"features":["driver\\u005Fstats:trips"]}`),
  body("a surrogate pair", `{"entities":{"customer_id":["\\ud83d\\udc22"]},"features":["cust_stats:spend"]}`),
  body("a lone surrogate", `{"entities":{"customer_id":["\\ud83d"]},"features":["cust_stats:spend"]}`),
  body("numbers", `{"entities":{"driver_id":[1e0,-0,1E2,0.1e1]},${FEATURES}}`),
  body("a leading zero", `{"entities":{"driver_id":[01]},${FEATURES}}`),
  body("a trailing comma", `{"entities":{"driver_id":[1,]},${FEATURES}}`),
  body("single quotes", `{'entities':{}}`),
  body("a control character in a string", `{"entities":{"driver_id":["1\n"]},${FEATURES}}`),
];
