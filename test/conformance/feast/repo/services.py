"""Feature services: plain, aliased, subset, precomputed, over views that cannot be served, and stale ones."""

from feast import FeatureService

from repo import on_demand as od
from repo import views as v

PRECOMPUTED = ["svc_pre", "svc_pre_alias", "svc_pre_odd"]


def service(name, features, **options):
    return FeatureService(name=name, features=features, **options)


def stale_services():
    """Services that must be applied before their views change or disappear."""
    return [
        service("svc_stale", [v.STALE]),
        service("svc_stale_kept", [v.STALE[["kept"]]]),
        service("svc_gone", [v.DRIVER_STATS2, v.GONE]),
        # A pin of a project without versioning: refused when served.
        service("svc_pinned", ["driver_stats2@v0"]),
    ]


SERVICES = [
    service("svc", [v.DRIVER_STATS[["trips", "conv_rate"]], v.CUST_STATS]),
    service(
        "svc_alias",
        [
            v.LOC_STATS.with_name("origin").with_join_key_map({"location_id": "origin_id"}),
            v.LOC_STATS.with_name("dest").with_join_key_map({"location_id": "dest_id"}),
        ],
    ),
    service("svc_mapped", [v.LOC_STATS.with_join_key_map({"location_id": "spot_id"}), v.CUST_STATS]),
    service("svc_combo_mapped", [v.COMBO.with_join_key_map({"driver_id": "chauffeur_id"}), v.DRIVER_STATS2[["other"]]]),
    service("svc_swapped", [v.DRIVER_STATS2[["other"]].with_name("renamed"), v.LOC_STATS]),
    service("svc_subset", [v.WIDE[["w03", "w00", "w17"]], v.DRIVER_STATS[["tag"]]]),
    service("svc_collision", [v.DRIVER_STATS, v.DRIVER_STATS2]),
    service("svc_glob", [v.GLOB, v.DRIVER_STATS2]),
    service("svc_glob_only", [v.GLOB]),
    service("svc_alltypes", [v.ALL_TYPES_VIEW]),
    service("svc_kinds", [v.BATCH, v.STREAM, v.PUSHED, v.LABELS]),
    service("svc_keys", [v.BLOB_STATS, v.MOMENT_STATS, v.REGION_STATS, v.UNTYPED_STATS]),
    service("svc_quad", [v.QUAD, v.COMBO]),
    service("svc_unicode", [v.UNICODE, v.CUST_STATS]),
    service("żółw_svc", [v.UNICODE[["🐢"]]]),
    service("svc_off", [v.DRIVER_STATS2, v.OFF]),
    service("svc_busy", [v.BUSY]),
    service("svc_created", [v.CREATED]),
    service("svc_never", [v.NEVER]),
    service("svc_offline_only", [v.OFFLINE_ONLY]),
    service("svc_odfv", [od.odfv_python, v.DRIVER_STATS2[["other"]]]),
    service("svc_odfv_alias", [od.odfv_pandas.with_name("doubled"), v.CUST_STATS]),
    service("svc_stored", [od.odfv_stored, v.DRIVER_STATS2[["other"]]]),
    service("svc_pre", [v.DRIVER_STATS2[["trips"]], v.TTL_OLD, v.TTL_LONG], precompute_online=True),
    service(
        "svc_pre_alias", [v.DRIVER_STATS2[["other"]].with_name("mine"), v.DRIVER_STATS[["tag"]]], precompute_online=True
    ),
    service("svc_pre_odd", [v.ODD_NAME, v.TTL_HALF], precompute_online=True),
    service("svc_pre_stored", [od.odfv_stored], precompute_online=True),
    # Precomputed but never filled: its key has no vectors.
    service("svc_pre_empty", [v.REGION_STATS], precompute_online=True),
]
