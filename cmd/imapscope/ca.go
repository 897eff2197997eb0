package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"imapscope/proxy/tls"
	"imapscope/ui/view"
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
			_, err = fmt.Fprintf(e.out, `certificate  %s
folder       %s
valid until  %s
SHA-256      %s

To trust it:
  curl       curl --cacert %[1]s imaps://…
  Alpine     system-certs-file=%[1]s in .pinerc
  mutt       set certificate_file=%[1]s
  mbsync     CertificateFile %[1]s
  Debian     cp %[1]s /usr/local/share/ca-certificates/imapscope.crt && update-ca-certificates
             (undo: remove the file, update-ca-certificates --fresh)
Alpine and mbsync have to connect to the proxy by name (localhost), not by 127.0.0.1.
`, view.Inert(ca.Path()), view.Inert(dir), ca.NotAfter().Format(time.DateOnly), ca.Fingerprint())
			return err
		},
	}
	c.Flags().BoolVar(&renew, "new", false, "replace it with a new one; clients that trust the old one no longer trust the proxy")
	return c
}
