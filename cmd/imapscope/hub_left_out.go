//go:build nohub

package main

import "github.com/spf13/cobra"

// newHub returns a command that says that the hub was left out. The tag nohub makes the program
// a fifth smaller; it still publishes to hubs and reads them.
func newHub(*env) *cobra.Command {
	return &cobra.Command{
		Use: "hub", DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return usage("hub: this program was built without it (go build -tags nohub); NATS's own server, with -js, takes its place")
		},
	}
}
