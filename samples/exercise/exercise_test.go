package exercise

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/samples/server"
)

// checked returns what check says about a recording, and where.
type checked struct {
	*lint.Linter
	clients map[capture.ConnID]netip.AddrPort
	found   []lint.Finding
	txns    int
}

func (c *checked) Open(conn capture.Conn) error {
	c.clients[conn.ID] = conn.Client
	return c.Linter.Open(conn)
}

func (c *checked) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		if _, ok := e.(*decode.Transaction); ok {
			c.txns++
		}
	}
	return c.Linter.Events(id, events)
}

func check(t *testing.T, recording []byte) *checked {
	t.Helper()
	c := &checked{clients: make(map[capture.ConnID]netip.AddrPort)}
	var err error
	c.Linter, err = lint.New(lint.Options{MinSeverity: lint.Warning}, func(f lint.Finding) { c.found = append(c.found, f) })
	if err != nil {
		t.Fatal(err)
	}
	if err := pcap.Stream(bytes.NewReader(recording), "it", pcap.Options{}).Run(context.Background(), decode.NewDemux(decode.Options{}, c)); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestKinds: of each kind exercises can be made, check finds what the key says where it
// says, nothing else, and the same seed makes the same.
func TestKinds(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 3
	}
	for _, k := range Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range seeds {
				x, err := Make(Options{Seed: seed, Kind: k.Name, Number: int(seed % 3)})
				if err != nil {
					t.Fatal(err)
				}
				c := check(t, x.Recording)
				told := false
				for _, f := range c.found {
					told = told || f.Rule.ID == x.Key.Rule && f.Message == x.Key.What && f.Txn == x.Key.Found
					if !slices.Contains(k.Rules, f.Rule.ID) || uint64(f.Conn) != x.Key.Conn || c.clients[f.Conn].String() != x.Key.Client ||
						f.Txn != 0 && f.Txn != x.Key.N && f.Txn != x.Key.Found {
						t.Errorf("seed %d: %s at transaction %d of connection %d: %s", seed, f.Rule.ID, f.Txn, f.Conn, f.Message)
					}
				}
				if !told {
					t.Errorf("seed %d: what the key says is not found:\n%s", seed, x.Key.Text())
				}
				if len(c.clients) < 3 || c.txns < 12 {
					t.Errorf("seed %d: %d connections and %d transactions are no haystack", seed, len(c.clients), c.txns)
				}
				if text := x.Key.Text(); x.Key.Citation == "" || x.Key.Why == "" || x.Key.N > 0 && x.Key.Request == "" || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && (r < ' ' || r >= 0x7f) }) {
					t.Errorf("seed %d: a poor key:\n%s", seed, text)
				}
				again, err := Make(Options{Seed: seed, Kind: k.Name, Number: int(seed % 3)})
				if err != nil || !bytes.Equal(again.Recording, x.Recording) || !cmp.Equal(again.Key, x.Key) {
					t.Errorf("seed %d makes another exercise the second time: %v", seed, err)
				}
			}
		})
	}
}

// TestSeedDrawsEveryKind: each number of a seed is another exercise, all kinds have their turn, and a
// recording does not tell.
func TestSeedDrawsEveryKind(t *testing.T) {
	kinds := make(map[string]int)
	all := make(map[string]bool)
	for n := range len(Kinds()) {
		x, err := Make(Options{Seed: 7, Number: n + 1})
		if err != nil {
			t.Fatal(err)
		}
		kinds[x.Key.Kind]++
		all[string(x.Recording)] = true
		if bytes.Contains(x.Recording, []byte(x.Key.Doc)) {
			t.Errorf("%s: the recording says so", x.Key.Kind)
		}
		var back Key
		if err := json.Unmarshal(x.Key.JSON(), &back); err != nil || !cmp.Equal(back, x.Key) {
			t.Errorf("%+v, and back %+v: %v", x.Key, back, err)
		}
	}
	if len(kinds) != len(Kinds()) || len(all) != len(Kinds()) {
		t.Errorf("%d kinds, %d recordings", len(kinds), len(all))
	}
}

// TestKindsAreDistinct: the kinds have names of their own, words, and rules that there are; and each
// quirk of the server that is more than a note has its kind.
func TestKindsAreDistinct(t *testing.T) {
	names := make(map[string]bool)
	for _, k := range Kinds() {
		if names[k.Name] || k.Doc == "" || k.plant == nil || k.Level < 1 || k.Level > Levels {
			t.Errorf("%+v", k)
		}
		names[k.Name] = true
		for _, id := range k.Rules {
			r, ok := lint.Lookup(id)
			if !ok || r.Severity == lint.Note {
				t.Errorf("%s: %s", k.Name, id)
			}
		}
	}
	// No rule from warnings up finds these; no-greeting shows only to those who wait.
	notes := []string{"no-greeting", "late-ready", "no-status", "missing-item", "bad-date", "obsolete-store", "no-news"}
	for _, q := range server.Quirks() {
		if !names[q.Name] && !slices.Contains(notes, q.Name) {
			t.Errorf("the quirk %s is no kind", q.Name)
		}
	}
	if _, err := Lookup("nosuch"); err == nil || !strings.Contains(err.Error(), `unknown fault "nosuch"`) {
		t.Error(err)
	}
}
