// What holds a pod's network namespace: it waits to be told to go. Kubernetes' own: https://github.com/kubernetes/kubernetes/tree/master/build/pause
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
}
