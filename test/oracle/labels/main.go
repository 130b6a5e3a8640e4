// Command labels answers what Kubernetes makes of a label selector, by calling its own package. It reads pairs of selector and
// labels as JSON on standard input and writes one answer a line on standard output, in the same order.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/labels"
)

type question struct {
	Selector string            `json:"selector"`
	Labels   map[string]string `json:"labels"`
}

type answer struct {
	// Parses tells whether it is a selector.
	Parses bool `json:"parses"`
	// Matches tells whether the labels meet it; false where it is none.
	Matches bool `json:"matches"`
}

func main() {
	decoder := json.NewDecoder(os.Stdin)
	encoder := json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := decoder.Decode(&asked); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		selector, err := labels.Parse(asked.Selector)
		given := answer{Parses: err == nil}
		if err == nil {
			given.Matches = selector.Matches(labels.Set(asked.Labels))
		}
		if err := encoder.Encode(given); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
