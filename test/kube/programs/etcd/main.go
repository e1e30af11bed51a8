// etcd, the API server's store: https://github.com/etcd-io/etcd/tree/main/server
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
