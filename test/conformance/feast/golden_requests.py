"""The requests whose answers become golden files: text of the HTTP body, and the same over gRPC where Feast can."""

D = {"driver_id": [1, 2, 3, 1]}


def ask(features=None, entities=None, service=None, **options):
    body = {"entities": D if entities is None else entities, **options}
    if service is not None:
        body["feature_service"] = service
    if features is not None:
        body["features"] = features
    return body


FULL = {"full_feature_names": True}

DEMO = [
    ask(["driver_stats:trips"]),
    ask(["driver_stats:tag"], {"driver_id": [2]}),
    ask(["driver_stats:trips"], {"driver_id": ["1", "2"]}),
    ask(["driver_stats:trips"], {"driver_id": [1.0, 2.9, True, " 1 "]}),
    ask(["driver_stats:trips"], {"driver_id": [1, None]}),
    ask(["driver_stats:trips"], {"driver_id": ["abc"]}),
    ask(["driver_stats:trips"], {"driver_id": [9223372036854775808]}),
    ask(["cust_stats:spend"], {"customer_id": [5, 6, True, 5.0, "ż", ""]}),
    ask(["driver_stats:trips"], {"driver_id": [1], "foo": ["x"]}),
    ask(["driver_stats:trips"], {"driver_id": [1], "foo": [[]]}),
    ask(["driver_stats:trips"], {"driver_id": [1, 2], "foo": ["a"]}),
    ask(["driver_stats:trips"], {"driver_id": [1], "customer_id": [5]}),
    ask(["combo:cnt"], {"driver_id": [1, 2, 1], "customer_id": ["c1", "c1", "5"]}),
    ask(["combo:cnt"], {"customer_id": ["c1"], "driver_id": [1]}),
    ask(["combo:cnt"], {"driver_id": [1]}),
    ask(["driver_stats:trips"], {"customer_id": ["a"]}),
    ask(["driver_stats:trips"], {}),
    ask(["driver_stats:trips"], {"driver_id": []}),
    ask(["driver_stats:trips"], {"driver": [1]}),
    ask([]),
    ask(["driver_stats:trips", "driver_stats:trips"]),
    ask(["driver_stats:trips", "driver_stats2:trips"]),
    ask(["driver_stats:trips", "driver_stats2:trips"], **FULL),
    ask(["nope:trips"]),
    ask(["driver_stats:nope"]),
    ask(["driver_stats"]),
    ask(["driver_stats@latest:trips"], **FULL),
    ask(["driver_stats@v1:trips"]),
    ask(["driver_stats@x:trips"]),
    ask(service="svc", entities={"driver_id": [1, 2], "customer_id": ["c1", "5"]}),
    ask(service="svc", entities={"driver_id": [1], "customer_id": ["c1"]}, include_feature_view_version_metadata=True),
    ask(service="nope"),
    ask(service="svc_alias", entities={"origin_id": [1, 2], "dest_id": [2, 1]}),
    ask(service="svc_alias", entities={"origin_id": [1, 2], "dest_id": [2, 1]}, **FULL),
    ask(service="svc_alias", entities={"origin_id": [1, 2]}, **FULL),
    ask(service="svc_mapped", entities={"spot_id": [1, 9], "customer_id": ["c1", "x"]}),
    ask(service="svc_stale"),
    ask(service="svc_stale_kept"),
    ask(service="svc_gone"),
    ask(service="svc_pinned"),
    ask(service="svc_glob"),
    ask(["glob:rate", "glob:label"], {"whatever": [1, 2]}),
    ask(["alltypes:" + name for name in ("f_string", "f_int64", "f_double", "f_double2", "f_double3", "f_float", "f_float2")], {"driver_id": [1, 2, 3, 4, 5, 6, 7]}),
    ask(service="svc_alltypes", entities={"driver_id": [1, 2, 3, 4, 5, 6]}),
    ask(["parquet_types:" + name for name in ("p_bytes", "p_ts", "p_bool", "pl_float", "pl_bytes", "pl_string")], {"driver_id": [1, 2, 3, 4]}),
    ask(["times:at"], {"driver_id": [1, 2, 3, 4, 5, 6, 7]}),
    ask(["driver_stats2:trips", "driver_stats2:other"], {"driver_id": [9, 1]}),
    ask(["loc_stats:temp"], {"location_id": [1, 2, -7, 999]}),
    ask(["loc_stats:temp"], {"location_id": [2147483648]}),
    ask(["region_stats:people"], {"Region": ["eu", "us", "ż", "EU"]}),
    ask(["moment_stats:load"], {"moment_ts": [1700000000, 0, -1, 5]}),
    ask(["quad:quad_cnt", "quad:quad_tag"], {"location_id": [-7, 2], "driver_id": [1, 1152921504606846976], "Region": ["eu", "us"], "moment_ts": [1700000000, 0]}),
    ask(["labels:verdict", "batch_view:b", "stream_view:s", "pushed:p", "pushed:q"]),
    ask(["odfv_stored:stored_sum", "odfv_stored:unknown"]),
    ask(["busy:m"]), ask(["created:c"]), ask(["generated:g"]), ask(["off:d"]), ask(["never:n"]), ask(["state_99:st"]),
    ask(["offline_only:off_only"]),
    ask(["ttl_old:o", "ttl_long:y", "ttl_zero:z", "ttl_half:h"]),
    ask(["last_driver:driver_id", "last_driver:since"], {"customer_id": ["c1", "5"]}),
    ask(["żółw:🐢", "żółw:ż ł"], {"customer_id": ["c1", "ż"]}),
    ask(["colon:a:b", "odd__name:x__y"], **FULL),
    ask(service="svc_pre", entities={"driver_id": [2, 1, 1]}),
    ask(service="svc_pre", entities={"driver_id": [2, 1, 1]}, **FULL),
    ask(service="svc_pre", entities={"driver_id": [1, 999]}, **FULL),
    ask(service="svc_pre_alias", entities={"driver_id": [2, 1]}, **FULL),
    ask(service="svc_pre_odd", entities={"driver_id": [1, 2]}, **FULL),
    ask(service="svc_pre_stored", entities={"driver_id": [1, 2]}),
]  # fmt: skip

VERSIONS = [
    ask(["ds:trips"], {"driver_id": [1, 2, 4]}),
    ask(["ds@v0:trips"]), ask(["ds@v1:trips"]), ask(["ds@V2:city"]), ask(["ds@v9:trips"]), ask(["ds@latest:city"]),
    ask(["ds@v1:extra"]),
    ask(["ds@v1:trips", "ds@v2:trips", "ds:trips"], include_feature_view_version_metadata=True, **FULL),
    ask(["ds@v1:trips", "ds@v2:city"], include_feature_view_version_metadata=True),
    ask(service="vsvc", entities={"driver_id": [1, 4], "customer_id": ["c1", "x"]}, include_feature_view_version_metadata=True),
    ask(service="vsvc_v0"), ask(service="vsvc_v1_trips"), ask(service="vsvc_mixed", **FULL), ask(service="vsvc_alias", **FULL),
    ask(service="vsvc_v1", entities={"driver_id": [1], "customer_id": ["c1"]}, **FULL), ask(service="vsvc_fixed"), ask(service="vsvc_latest"),
    ask(["fixed:f"], include_feature_view_version_metadata=True),
]  # fmt: skip
