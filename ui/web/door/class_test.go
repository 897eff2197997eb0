package door

import (
	"bytes"
	"crypto/sha256"
	ctls "crypto/tls"
	"crypto/x509"
	"fmt"
	"image"
	"image/color"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"

	"imapscope/proxy/tls"
)

func testCA(t *testing.T) *tls.CA {
	ca, err := tls.LoadOrCreateCA(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// TestClassOverTLS checks what a class gets: links with this machine's addresses, HTTPS that the
// CA vouches for, the fingerprint of the certificate, and the page.
func TestClassOverTLS(t *testing.T) {
	ca := testCA(t)
	var term bytes.Buffer
	d, out, errs := serving(t, Options{Listen: "0.0.0.0:0", Certificate: ca.Shared, Terminal: &term}, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "the page") })
	if d.Local() {
		t.Error("it is said to be for this machine only")
	}
	links := strings.Fields(out.String())
	for _, link := range links {
		u, err := url.Parse(link)
		if err != nil || u.Scheme != "https" || u.Query().Get("token") != d.token {
			t.Fatalf("link %q: %v", link, err)
		}
		if _, err := netip.ParseAddr(u.Hostname()); err != nil {
			t.Errorf("link %q: %v", link, err)
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate())
	c := visitorOf(t)
	c.Transport.(*http.Transport).TLSClientConfig = &ctls.Config{RootCAs: roots}
	c.Transport.(*http.Transport).ForceAttemptHTTP2 = true
	status, body, res := get(t, c, links[0])
	if status != http.StatusOK || body != "the page" || res.ProtoMajor != 2 {
		t.Errorf("%s: %d %q, %s", links[0], status, body, res.Proto)
	}
	sum := sha256.Sum256(res.TLS.PeerCertificates[0].Raw)
	printed := strings.NewReplacer(":", "", "\n", "", " ", "").Replace(errs.String())
	if want := fmt.Sprintf("%X", sum); !strings.Contains(printed, want) {
		t.Errorf("printed %q without the fingerprint %s", errs, want)
	}
	if got := readQR(t, term.String()); got != links[0] {
		t.Errorf("the QR code is %q, the link %q", got, links[0])
	}
}

// TestClassOverHTTP checks that --http warns, in one line, and that the fingerprint is of TLS only.
func TestClassOverHTTP(t *testing.T) {
	d, out, errs := serving(t, Options{Listen: "0.0.0.0:0", HTTP: true}, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "the page") })
	if status, body, _ := get(t, visitorOf(t), d.Link()); status != http.StatusOK || body != "the page" {
		t.Errorf("%d %q", status, body)
	}
	if !strings.HasPrefix(out.String(), "http://") || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), "--http") {
		t.Errorf("printed %q, %q", out, errs)
	}
}

// TestPrivate checks that what is private is served to this machine only.
func TestPrivate(t *testing.T) {
	var out bytes.Buffer
	_, err := Open(t.Context(), Options{Listen: "0.0.0.0:0", Private: "secrets are shown", Out: &out, Err: &out})
	if err == nil || err.Error() != "secrets are shown" || out.Len() > 0 {
		t.Errorf("%v, printed %q", err, out.String())
	}
	serving(t, Options{Private: "secrets are shown"}, nil)
}

// readQR returns the text of a QR code of block elements.
func readQR(t *testing.T, s string) string {
	t.Helper()
	const scale = 4
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	img := image.NewGray(image.Rect(0, 0, scale*200, scale*200))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for y, line := range lines {
		line = strings.TrimSuffix(strings.TrimPrefix(line, "\x1b[38;5;231;48;5;16m"), "\x1b[0m")
		x := 0
		for _, r := range line {
			var cell [2]bool
			for k, v := range cells {
				if v == string(r) {
					cell = k
				}
			}
			for half, light := range cell {
				for i := range scale * scale {
					if !light {
						img.SetGray(40+x*scale+i%scale, 40+(2*y+half)*scale+i/scale, color.Gray{})
					}
				}
			}
			x++
		}
	}
	text, err := qr.Decode(img)
	if err != nil {
		t.Fatalf("%v\n%s", err, s)
	}
	return text
}
