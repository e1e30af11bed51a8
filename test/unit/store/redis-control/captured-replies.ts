/** Replies of redis-server 7.0.15, of its sentinels and of a cluster, as they came; of INFO the lines around what is read. */
import { decodeRespValue, type RespValue } from "../../../../src/store/redis/lane/resp-value.ts";

/** Lines of RESP; a bar ends a line too. */
export function resp(lines: string): RespValue {
  const bytes = Buffer.from(`${lines.trim().replace(/[|\n]/g, "\r\n")}\r\n`);
  return decodeRespValue(bytes, 0, bytes.length);
}

export function info(lines: string): RespValue {
  return Buffer.from(`${lines.trim().replaceAll("\n", "\r\n")}\r\n`);
}

/** A primary with one replica, and a key in each of two databases. */
export const INFO_PRIMARY = info(`
# Server
redis_version:7.0.15
redis_mode:standalone
run_id:09fe7bfea74c877bdd84c6af21307b413621811d
tcp_port:27001

# Persistence
loading:0
async_loading:0
rdb_last_save_time:1795560719
aof_enabled:0

# Replication
role:master
connected_slaves:1
slave0:ip=127.0.0.1,port=27002,state=online,offset=682,lag=0
master_failover_state:no-failover
master_replid:3506834dbe3bbf5cce49f7ab83a957b712af8200
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:950
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:1
repl_backlog_histlen:950

# Keyspace
db0:keys=1,expires=0,avg_ttl=0
db2:keys=1,expires=0,avg_ttl=0
`);

/** Its replica. */
export const INFO_REPLICA = info(`
# Server
redis_version:7.0.15
redis_mode:standalone
run_id:b5a8f30c3e9ce91602aec9131b855d2db78ed84c
tcp_port:27002

# Persistence
loading:0
async_loading:0
rdb_last_save_time:1795560719
aof_enabled:0

# Replication
role:slave
master_host:127.0.0.1
master_port:27001
master_link_status:up
master_last_io_seconds_ago:0
master_sync_in_progress:0
slave_read_repl_offset:950
slave_repl_offset:950
slave_priority:100
slave_read_only:1
replica_announced:1
connected_slaves:0
master_failover_state:no-failover
master_replid:3506834dbe3bbf5cce49f7ab83a957b712af8200
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:950
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:392
repl_backlog_histlen:559

# Keyspace
db0:keys=1,expires=0,avg_ttl=0
db2:keys=1,expires=0,avg_ttl=0
`);

/** A replica that has never reached its primary. */
export const INFO_NO_LINK = info(`
# Server
redis_version:7.0.15
redis_mode:standalone
run_id:ff94e06eec9b745441a2fc217bc60eb5a3067049
tcp_port:27005

# Persistence
loading:0
async_loading:0
rdb_last_save_time:1795560781
aof_enabled:0

# Replication
role:slave
master_host:127.0.0.1
master_port:1
master_link_status:down
master_last_io_seconds_ago:-1
master_sync_in_progress:0
slave_read_repl_offset:1
slave_repl_offset:1
master_link_down_since_seconds:-1
slave_priority:100
slave_read_only:1
replica_announced:1
connected_slaves:0
master_failover_state:no-failover
master_replid:326298895a7675a8e1162b0775752aa9675caf96
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:0
second_repl_offset:-1
repl_backlog_active:0
repl_backlog_size:1048576
repl_backlog_first_byte_offset:0
repl_backlog_histlen:0

# Keyspace
`);

/** A sentinel. */
export const INFO_SENTINEL = info(`
# Server
redis_version:7.0.15
redis_mode:sentinel
run_id:7db8f87c11ae5b29b1ed0ebf88517f97d7d5ce48
tcp_port:27003
`);

/** ROLE of a primary. */
export const ROLE_PRIMARY = resp(`
*3|$6|master|:850
*1
*3|$9|127.0.0.1|$5|27002|$3|559
`);

/** ROLE of its replica. */
export const ROLE_REPLICA = resp(`
*5|$5|slave|$9|127.0.0.1|:27001|$9|connected|:850
`);

/** ROLE of a replica that has never reached its primary. */
export const ROLE_NO_LINK = resp(`
*5|$5|slave|$9|127.0.0.1|:1|$7|connect|:-1
`);

/** ROLE of a sentinel. */
export const ROLE_SENTINEL = resp(`
*2|$8|sentinel
*1|$8|mymaster
`);

/** SENTINEL GET-MASTER-ADDR-BY-NAME. */
export const MASTER_ADDRESS = resp(`
*2|$9|127.0.0.1|$5|27001
`);

/** The same for a name that the sentinel does not know. */
export const NO_SUCH_MASTER = resp(`
*-1
`);

/** SENTINEL REPLICAS. */
export const REPLICAS = resp(`
*1
*42|$4|name|$15|127.0.0.1:27002|$2|ip|$9|127.0.0.1|$4|port|$5|27002|$5|runid|$40|713af54f1e7a1fbe8759a2847a4abeabe75acbda
$5|flags|$5|slave|$21|link-pending-commands|$1|0|$13|link-refcount|$1|1|$14|last-ping-sent|$1|0
$18|last-ok-ping-reply|$3|119|$15|last-ping-reply|$3|119|$23|down-after-milliseconds|$3|500
$12|info-refresh|$4|2967|$13|role-reported|$5|slave|$18|role-reported-time|$4|8295|$21|master-link-down-time
$1|0|$18|master-link-status|$2|ok|$11|master-host|$9|127.0.0.1|$11|master-port|$5|27001|$14|slave-priority
$3|100|$17|slave-repl-offset|$3|559|$17|replica-announced|$1|1
`);

/** The same on RESP3. */
export const REPLICAS_RESP3 = resp(`
*1
%21|$4|name|$15|127.0.0.1:27002|$2|ip|$9|127.0.0.1|$4|port|$5|27002|$5|runid|$40|713af54f1e7a1fbe8759a2847a4abeabe75acbda
$5|flags|$5|slave|$21|link-pending-commands|$1|0|$13|link-refcount|$1|1|$14|last-ping-sent|$1|0
$18|last-ok-ping-reply|$3|271|$15|last-ping-reply|$3|271|$23|down-after-milliseconds|$3|500
$12|info-refresh|$4|7415|$13|role-reported|$5|slave|$18|role-reported-time|$5|12743|$21|master-link-down-time
$1|0|$18|master-link-status|$2|ok|$11|master-host|$9|127.0.0.1|$11|master-port|$5|27001|$14|slave-priority
$3|100|$17|slave-repl-offset|$3|559|$17|replica-announced|$1|1
`);

/** After the primary was killed and its replica promoted: the dead one. */
export const REPLICAS_AFTER_SWITCH = resp(`
*1
*44|$4|name|$15|127.0.0.1:27001|$2|ip|$9|127.0.0.1|$4|port|$5|27001|$5|runid|$0||$5|flags|$25|s_down,slave,disconnected
$21|link-pending-commands|$1|3|$13|link-refcount|$1|1|$14|last-ping-sent|$4|3890|$18|last-ok-ping-reply
$4|3890|$15|last-ping-reply|$4|3890|$11|s-down-time|$4|3381|$23|down-after-milliseconds|$3|500
$12|info-refresh|$1|0|$13|role-reported|$5|slave|$18|role-reported-time|$4|3890|$21|master-link-down-time
$1|0|$18|master-link-status|$3|err|$11|master-host|$1|?|$11|master-port|$1|0|$14|slave-priority
$3|100|$17|slave-repl-offset|$1|0|$17|replica-announced|$1|1
`);

/** SENTINEL REPLICAS for a name that it does not know. */
export const NO_REPLICAS = resp(`
-ERR No such master with that name
`);

/** SENTINEL SENTINELS. */
export const PEERS = resp(`
*1
*28|$4|name|$40|02c78cdbf6a6da5667cb2bc6ec2eb56d79216f85|$2|ip|$9|127.0.0.1|$4|port|$5|27004
$5|runid|$40|02c78cdbf6a6da5667cb2bc6ec2eb56d79216f85|$5|flags|$8|sentinel|$21|link-pending-commands
$1|0|$13|link-refcount|$1|1|$14|last-ping-sent|$1|0|$18|last-ok-ping-reply|$3|161|$15|last-ping-reply
$3|161|$23|down-after-milliseconds|$3|500|$18|last-hello-message|$3|457|$12|voted-leader|$1|?
$18|voted-leader-epoch|$1|0
`);

/** The message of the promotion. */
export const SWITCH_MASTER = resp(`
>3|$7|message|$14|+switch-master|$40|mymaster 127.0.0.1 27001 127.0.0.1 27002
`);

/** CLUSTER SLOTS of three primaries, before the one replica was heard of. */
export const SLOTS = resp(`
*3
*3|:0|:5460
*4|$9|127.0.0.1|:27011|$40|94f5717350012a5a36445ee85f6eddb578714e87
*0
*3|:5461|:10922
*4|$9|127.0.0.1|:27012|$40|f704cf0827dab6f07b422b150c18722a05abd7ae
*0
*3|:10923|:16383
*4|$9|127.0.0.1|:27013|$40|193c9f4fd32e2b6ef4f98bfd558dc6872e0ff75b
*0
`);

/** With `cluster-preferred-endpoint-type unknown-endpoint`. */
export const SLOTS_UNKNOWN_ENDPOINT = resp(`
*3
*3|:0|:5460
*4|$-1|:27011|$40|94f5717350012a5a36445ee85f6eddb578714e87
*2|$2|ip|$9|127.0.0.1
*3|:5461|:10922
*4|$-1|:27012|$40|f704cf0827dab6f07b422b150c18722a05abd7ae
*2|$2|ip|$9|127.0.0.1
*3|:10923|:16383
*4|$-1|:27013|$40|193c9f4fd32e2b6ef4f98bfd558dc6872e0ff75b
*2|$2|ip|$9|127.0.0.1
`);

/** With `cluster-preferred-endpoint-type hostname`, where one node announces a name; with a replica. */
export const SLOTS_HOSTNAME = resp(`
*3
*4|:0|:5460
*4|$1|?|:27011|$40|94f5717350012a5a36445ee85f6eddb578714e87
*2|$2|ip|$9|127.0.0.1
*4|$1|?|:27014|$40|5b684f22c7f9548ad4ac0a0420c74bde59c2aa4b
*2|$2|ip|$9|127.0.0.1
*3|:5461|:10922
*4|$14|node-2.example|:27012|$40|f704cf0827dab6f07b422b150c18722a05abd7ae
*2|$2|ip|$9|127.0.0.1
*3|:10923|:16383
*4|$1|?|:27013|$40|193c9f4fd32e2b6ef4f98bfd558dc6872e0ff75b
*2|$2|ip|$9|127.0.0.1
`);

/** The same on RESP3. */
export const SLOTS_HOSTNAME_RESP3 = resp(`
*3
*4|:0|:5460
*4|$1|?|:27011|$40|94f5717350012a5a36445ee85f6eddb578714e87
%1|$2|ip|$9|127.0.0.1
*4|$1|?|:27014|$40|5b684f22c7f9548ad4ac0a0420c74bde59c2aa4b
%1|$2|ip|$9|127.0.0.1
*3|:5461|:10922
*4|$14|node-2.example|:27012|$40|f704cf0827dab6f07b422b150c18722a05abd7ae
%1|$2|ip|$9|127.0.0.1
*3|:10923|:16383
*4|$1|?|:27013|$40|193c9f4fd32e2b6ef4f98bfd558dc6872e0ff75b
%1|$2|ip|$9|127.0.0.1
`);

/** Of a node that is in no cluster yet. */
export const SLOTS_NONE = resp(`
*0
`);

/** Of a node without cluster mode. */
export const SLOTS_OFF = resp(`
-ERR This instance has cluster support disabled
`);
