package main

import (
	"github.com/spf13/cobra"

	"imapscope/proxy/tls"
	"imapscope/ui/print"
)

func newCA(e *env) *cobra.Command {
	var renew bool
	c := &cobra.Command{
		Use:  "ca",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := tls.DefaultCADir()
			if err != nil {
				return err
			}
			make := tls.LoadOrCreateCA
			if renew {
				make = tls.NewCA
			}
			ca, err := make(dir)
			if err != nil {
				return err
			}
			return print.CA(e.out, dir, ca)
		},
	}
	c.Flags().BoolVar(&renew, "new", false, "replace it with a new one; clients that trust the old one no longer trust the proxy")
	return c
}
