package print

import (
	"fmt"
	"io"
	"time"

	"imapscope/ui/view"
)

// A Certificate is what CA describes.
type Certificate interface {
	Path() string // of the file for clients
	NotAfter() time.Time
	Fingerprint() string
}

// CA writes what identifies the proxy's CA, whose files are in the folder dir, and how to
// make clients trust it.
func CA(w io.Writer, dir string, ca Certificate) error {
	_, err := fmt.Fprintf(w, `certificate  %s
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
}
