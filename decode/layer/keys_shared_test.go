package layer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Each of the Keys that share their secrets finds what Keys of its own would find, whichever
// of them is ahead: secrets that came later, others of the same session, and sessions that were
// forgotten meanwhile.
func TestSharedKeysFindWhatTheirOwnWouldFind(t *testing.T) {
	const sessions = 8 // beyond those that fill the tables
	random := rand.New(rand.NewPCG(1, 2))
	var blocks [][]byte
	var full bytes.Buffer
	for i := range MaxSessions {
		fmt.Fprintf(&full, "CLIENT_RANDOM %064x %s\nRSA %016x %s\n", i, secret1, i, secret1)
	}
	blocks = append(blocks, full.Bytes())
	label := []string{"CLIENT_RANDOM", "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"}
	for range 60 {
		i := random.IntN(sessions)
		if random.IntN(2) == 0 {
			i += MaxSessions
		}
		value := strings.Repeat(fmt.Sprintf("%02x", random.IntN(3)), 48)
		blocks = append(blocks, fmt.Appendf(nil, "%s %064x %s\nRSA %016x %s", label[random.IntN(len(label))], i, value, i, value))
	}

	shared := NewSharedKeys(new(sync.Mutex))
	var parts, own []*Keys
	for range 3 {
		parts, own = append(parts, shared.Keys(func() {})), append(own, new(Keys))
	}
	read := make([]int, len(parts))
	for step := 0; slices.Min(read) < len(blocks); step++ {
		p := random.IntN(len(parts))
		if read[p] == len(blocks) || read[p] > slices.Min(read)+10 {
			continue
		}
		parts[p].AddBlock(blocks[read[p]])
		own[p].AddBlock(blocks[read[p]])
		read[p]++
		for q := range parts {
			for _, from := range []int{0, MaxSessions} {
				for i := from; i < from+sessions; i++ {
					id := [32]byte{29: byte(i >> 16), 30: byte(i >> 8), 31: byte(i)}
					for kind := range kinds {
						if got, want := parts[q].traffic(id, kind), own[q].traffic(id, kind); !bytes.Equal(got, want) {
							t.Fatalf("step %d: secret %d of session %d after %d blocks is %x, want %x; the others have read %v", step, kind, i, read[q], got, want, read)
						}
					}
					if got, want := parts[q].premaster([8]byte(id[24:])), own[q].premaster([8]byte(id[24:])); !bytes.Equal(got, want) {
						t.Fatalf("step %d: premaster secret %d after %d blocks is %x, want %x; the others have read %v", step, i, read[q], got, want, read)
					}
				}
			}
		}
	}
	if n := len(shared.sessions.rows); n != MaxSessions {
		t.Errorf("%d sessions are held, want %d", n, MaxSessions)
	}
	for _, k := range parts {
		k.AddBlock(nil)
	}
	if a, b := len(shared.sessions.forgotten), len(shared.rsa.forgotten); a+b > 0 {
		t.Errorf("%d and %d sessions are held that were forgotten before all Keys read the last block", a, b)
	}
}

// What connections have shown or hold is used in turn; what few bytes wait needs none.
func TestSharedKeysWaitForTheirTurn(t *testing.T) {
	turns := 0
	shared := NewSharedKeys(new(sync.Mutex))
	a, b := shared.Keys(func() { turns++ }), shared.Keys(func() { turns++ })

	ticket := originOf([]byte("ticket"))
	a.remember(ticket, [32]byte{1})
	if got := b.first(&handshake{clientRandom: [32]byte{2}, ticket: ticket}); got != [32]byte{1} || turns != 2 {
		t.Errorf("a session that another part can resume: %x after %d turns, want 01 after 2", got[:1], turns)
	}
	turns = 0
	if got := b.first(&handshake{clientRandom: [32]byte{2}, sessionID: ticket, version: version13}); got != [32]byte{2} || turns != 0 {
		t.Errorf("a session of TLS 1.3: %x after %d turns, want its own after none", got[:1], turns)
	}

	a.wait(MaxWaitingAll / 2)
	if b.tooMany() || turns != 0 {
		t.Errorf("half of what may wait: too many %v after %d turns, want not, after none", b.tooMany(), turns)
	}
	b.wait(1)
	if turns = 0; b.tooMany() || turns != 1 {
		t.Errorf("more than half of what may wait: %d turns, want 1", turns)
	}
	a.wait(MaxWaitingAll / 2)
	if turns = 0; !b.tooMany() || !a.tooMany() || turns != 2 {
		t.Errorf("more than may wait is not too many, or needed no turn: %d turns, want 2", turns)
	}
}
