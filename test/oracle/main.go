// Command oracle answers what the kubelet would do, by calling the kubelet's own packages. It reads one case a line on
// standard input and writes one answer a line on standard output, in the same order. It must not decide anything itself.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"

	"k8s.io/klog/v2"
)

// maxLineBytes bounds one case; a Secret holds 1 MiB at most, and base64 adds a third.
const maxLineBytes = 64 << 20

func main() {
	// The kubelet logs every registry key that is no URL; hostile cases are full of them.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	if err := answerAll(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type result struct {
	line []byte
	err  error
}

// answerAll answers cases concurrently and writes the answers in the order of the cases.
func answerAll(in io.Reader, out io.Writer) error {
	pending := make(chan chan result, 16*runtime.GOMAXPROCS(0))
	readErr := make(chan error, 1)
	go func() {
		defer close(pending)
		readErr <- dispatch(in, pending)
	}()
	writer := bufio.NewWriterSize(out, 1<<20)
	for slot := range pending {
		answered := <-slot
		if answered.err != nil {
			return answered.err
		}
		if _, err := writer.Write(append(answered.line, '\n')); err != nil {
			return err
		}
		// Whoever sends one case and waits for its answer must get it.
		if len(pending) == 0 {
			if err := writer.Flush(); err != nil {
				return err
			}
		}
	}
	if err := <-readErr; err != nil {
		return err
	}
	return writer.Flush()
}

func dispatch(in io.Reader, pending chan<- chan result) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 1<<20), maxLineBytes)
	running := make(chan struct{}, runtime.GOMAXPROCS(0))
	for scanner.Scan() {
		line := append([]byte(nil), scanner.Bytes()...)
		slot := make(chan result, 1)
		pending <- slot
		running <- struct{}{}
		go func() {
			defer func() { <-running }()
			answered, err := answerLine(line)
			slot <- result{answered, err}
		}()
	}
	return scanner.Err()
}

func answerLine(line []byte) ([]byte, error) {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, fmt.Errorf("case that is not JSON: %w", err)
	}
	return json.Marshal(ask(asked))
}
