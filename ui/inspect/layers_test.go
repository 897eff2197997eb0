package inspect

import (
	"compress/flate"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture/pcap"
	"imapscope/ui/inspect/panes"
)

// Recordings with TLS: one after STARTTLS, with its keys, and one from the first byte,
// without.
const (
	lab      = "../../cmd/imapscope/testdata/lab"
	starttls = "imaplib--dovecot-starttls-dsb.pcapng"
	keyless  = "curl--dovecot-imaps.pcapng"
)

// openLab shows a recording with TLS.
func openLab(t *testing.T, w, h int, name string) *driver {
	t.Helper()
	src := pcap.Files([]string{filepath.Join(lab, name)}, pcap.Options{Ports: []uint16{14361}})
	return openSource(t, w, h, src, Options{Source: name})
}

// compressedTalk is a conversation in which secrets are compressed.
const compressedTalk = `S: * OK hi
C: a1 LOGIN fred secret
S: a1 OK hello
C: a2 COMPRESS DEFLATE
S: a2 OK DEFLATE active
C: a3 SELECT INBOX
S: * 3 EXISTS
S: a3 OK [READ-WRITE] done
C: a4 LOGIN fred hush1234
S: a4 NO hush1234 is not welcome
C: a5 LOGOUT
S: * BYE bye
S: a5 OK done`

// layersSizes are the sizes of the screens of layers.
var layersSizes = drawn([][2]int{{80, 24}, {132, 40}, {200, 60}})

// TestLayersScreens compares the tab of layers, at several sizes, with the screens in
// testdata.
func TestLayersScreens(t *testing.T) {
	screens := []struct {
		name string
		open func(t *testing.T, w, h int) *driver
	}{
		{"layers-tls", func(t *testing.T, w, h int) *driver {
			d := openLab(t, w, h, starttls)
			return d.on("CAPABILITY").press("j", "j", "j", "7").sees("LOGIN fred", "transaction 4")
		}},
		{"layers-tls-zoomed", func(t *testing.T, w, h int) *driver {
			d := openLab(t, w, h, starttls)
			return d.on("CAPABILITY").press("j", "j", "7", "Tab", "z").sees("transaction 3")
		}},
		{"layers-deflate", func(t *testing.T, w, h int) *driver {
			d := openSource(t, w, h, compressed(t, compressedTalk, flate.BestCompression), Options{Source: "a talk"})
			return d.on("LOGIN").press("j", "j", "7", "Tab", "z").sees("transaction 3")
		}},
		{"layers-dark", func(t *testing.T, w, h int) *driver {
			d := openLab(t, w, h, keyless)
			return d.sees("No command yet").press("Backtab", "j", "7").sees("no keys")
		}},
	}
	for _, s := range screens {
		for _, size := range layersSizes {
			name := fmt.Sprintf("%s-%dx%d", s.name, size[0], size[1])
			t.Run(name, func(t *testing.T) { s.open(t, size[0], size[1]).golden(name) })
		}
	}
}

// TestLayers goes through the records of a session whose TLS was opened, and through their
// bytes.
func TestLayers(t *testing.T) {
	d := openLab(t, 132, 40, starttls)
	d.on("CAPABILITY").sees("6Ladder 7Layers  TLS 1.3 ─").press("7").onTab(panes.TabLayers).press("Tab", "z")
	d.on("TLS 1.3, TLS_AES_256_GCM_SHA384").press("G").on(`^47 .* ← alert: close_notify +24$`)
	d.press("/").types("certificate ver").press("Enter").on("← certificate verify +286").sees("^ .*nothing of IMAP")
	d.press("/").types("4118").press("Enter").on("← application data").sees("wire  4,118 bytes from 4,", "0000  17 03 03 10 11 ", "0000  2a 20 31 20 46 45 54 43  48|0000  2a 20")
	// The bytes of 4096 are in pieces.
	d.press("Right", "Right", "G").sees("^.*0ff0  ").press("Left", "G").sees("1010  ").press("h").press("Enter")
	d.onTab(panes.TabAnnotated).sees("FETCH")
}

// TestLayersAreOnlyWhereTheyAre checks that the tab is offered for connections with layers,
// and shows what there is for others.
func TestLayersAreOnlyWhereTheyAre(t *testing.T) {
	d := open(t, 80, 24, mtest)
	d.on("A00000").misses("Layers").press("T").onTab(panes.TabLadder).press("7").sees("No layers: what both sides sent").press("t").onTab(panes.TabAnnotated).misses("Layers")
	d = openLab(t, 80, 24, starttls)
	d.on("CAPABILITY").press("T").onTab(panes.TabLayers).press("T").onTab(panes.TabLadder).press("t", "t").onTab(panes.TabAnnotated)
}

// TestLayersFromConnections opens the layers of connections without transactions.
func TestLayersFromConnections(t *testing.T) {
	d := openLab(t, 100, 24, keyless)
	d.sees("No command yet").press("Backtab", "j").sees("TLS 1.3 unopened").press("7").onTab(panes.TabLayers)
	d.sees("connection 2", "no keys for this session", "9 records →").press("G").sees("no keys: encrypted|no keys: application", "not opened: no keys")
	d.press("Enter").sees("not opened: no keys") // there is no transaction
}

// TestLayersMaskSecrets checks that what is secret is masked in the plaintext, and in the
// compressed bytes that hold it, which are not encrypted; and shown on request.
func TestLayersMaskSecrets(t *testing.T) {
	best := compressed(t, compressedTalk, flate.BestCompression)
	stored := compressed(t, compressedTalk, flate.NoCompression)
	for name, c := range map[string]carried{
		"compressed": best, "compressed under TLS": overTLS(t, best),
		"stored": stored, "stored under TLS": overTLS(t, stored),
	} {
		t.Run(name, func(t *testing.T) {
			d := openSource(t, 132, 60, c, Options{Source: "a talk"})
			d.on("LOGIN").press("7", "Tab", "z").onTab(panes.TabLayers)
			seen := 0
			for n, screen := range d.records() {
				for _, s := range []string{"hush", "68 75 73 68", "secret", "73 65 63 72"} {
					if strings.Contains(screen, s) {
						t.Fatalf("record %d shows %s:\n%s", n, s, screen)
					}
				}
				seen += min(strings.Count(screen, "** ** **"), 1)
			}
			if seen < 2 {
				t.Errorf("only %d records have something that is masked", seen)
			}
			if strings.HasPrefix(name, "stored") {
				return
			}
			// The name of the mailbox is not secret.
			d.press("/").types("→ d").press("Enter").on("deflate +23 +17$").sees("a3 SELECT INBOX", "wire .* bytes from 0 on, deflate", "4a 34 56 08 76")
			d.press("n").sees("transaction 4", "[*]{16}").press("Ctrl-S").sees("hu", "4a 34 51 f0").press("Ctrl-S").misses("4a 34 51 f0")
		})
	}
}

// records returns the screens of all records of the tab of layers, which has the focus.
func (d *driver) records() []string {
	d.t.Helper()
	var screens []string
	d.press("G").on(`^\d`).press("g").on("^(TLS|DEFLATE)") // it may have been there: only then is g known to be done
	for last := ""; ; {
		d.do(func() {
			d.x.detail.Move(panes.Down)
			d.x.app.ForceDraw()
		})
		screen, at := d.text(), d.cursor()
		if at == last {
			return screens
		}
		last, screens = at, append(screens, screen)
	}
}
