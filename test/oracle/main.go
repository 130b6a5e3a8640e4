// Command oracle answers what the kubelet would do, by calling the kubelet's own packages. It reads cases as JSON on standard
// input and writes one answer a line on standard output, in the same order. It must not decide anything itself.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/klog/v2"
)

func main() {
	// The kubelet logs every registry key that is no URL; hostile cases are full of them.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	if err := answerAll(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answerAll(in io.Reader, out io.Writer) error {
	decoder := json.NewDecoder(in)
	encoder := json.NewEncoder(out)
	for {
		var asked question
		if err := decoder.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := encoder.Encode(ask(asked)); err != nil {
			return err
		}
	}
}
