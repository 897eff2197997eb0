package layer

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
)

// lossy are the kinds of records that loss is tried with.
var lossy = []struct {
	version, suite uint16
}{
	{tls.VersionTLS10, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA},
	{tls.VersionTLS11, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA},
	{tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256},
	{tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
	{tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256},
	{tls.VersionTLS13, tls.TLS_AES_128_GCM_SHA256},
}

func lossyTape(t testing.TB, i int) *tape {
	server := serverConfig()
	server.MinVersion, server.MaxVersion = lossy[i].version, lossy[i].version
	server.CipherSuites = []uint16{lossy[i].suite}
	return goTLS(t, &tls.Config{MinVersion: tls.VersionTLS10, CipherSuites: server.CipherSuites}, server)
}

// packets cuts chunks into what would be packets of at most size bytes.
func packets(chunks []chunk, size int) (out []chunk) {
	for _, c := range chunks {
		for part := range slices.Chunk(c.data, size) {
			out = append(out, chunk{dir: c.dir, data: part})
		}
	}
	return out
}

// drop replaces packets by losses.
func drop(chunks []chunk, lost func(i int) bool) (out []chunk) {
	for i, c := range chunks {
		if lost(i) {
			c = chunk{dir: c.dir, lost: int64(len(c.data))}
		}
		out = append(out, c)
	}
	return out
}

// runs is a Sink that keeps the plaintext between gaps.
type runs struct {
	heard
	list [2][][]byte
}

func (s *runs) Gap(dir capture.Direction, when time.Time, n int64) {
	if s.list[dir] == nil {
		s.list[dir] = [][]byte{nil}
	}
	s.list[dir] = append(s.list[dir], nil)
	s.heard.Gap(dir, when, n)
}

func (s *runs) Plain(dir capture.Direction, when time.Time, p []byte) {
	s.heard.Plain(dir, when, p)
	if s.list[dir] == nil {
		s.list[dir] = [][]byte{nil}
	}
	last := &s.list[dir][len(s.list[dir])-1]
	*last = append(*last, p...)
}

// check returns what is wrong with the plaintext: it must be runs of what was sent, in order.
func (s *runs) check(tp *tape) error {
	for dir := range s.list {
		rest := tp.said[dir].Bytes()
		for i, run := range s.list[dir] {
			at := bytes.Index(rest, run)
			if at < 0 || at > 0 && i == 0 {
				return fmt.Errorf("%v: run %d, %.40q, was not sent here", capture.Direction(dir), i, run)
			}
			rest = rest[at+len(run):]
		}
	}
	return nil
}

func playLossy(t testing.TB, tp *tape, chunks []chunk) (*runs, Facts) {
	t.Helper()
	s := &runs{}
	l := NewTLS(keysOf(tp.keys.String()), s)
	l.Close(feedAll(l, chunks, 0))
	if err := s.check(tp); err != nil {
		t.Error(err)
	}
	return s, l.Facts()
}

// afterHandshake returns the index of the first packet after the handshake.
func afterHandshake(t testing.TB, tp *tape, chunks []chunk) int {
	t.Helper()
	whole, _ := play(t, keysOf(tp.keys.String()), tp.chunks, 0)
	var first [2]int64 // where application data begins
	for _, r := range whole.records {
		if r.Type == typeApplicationData && first[r.Dir] == 0 {
			first[r.Dir] = r.Off
		}
	}
	var at [2]int64
	for i, c := range chunks {
		at[c.dir] += int64(len(c.data))
		if at[0] > first[0] && at[1] >= first[1]-1 && c.dir == capture.ClientToServer {
			return i
		}
	}
	t.Fatal("no application data")
	return 0
}

func TestDecodingGoesOnAfterALoss(t *testing.T) {
	for i, kind := range lossy {
		tp := lossyTape(t, i)
		chunks := packets(tp.chunks, 1000)
		begin := afterHandshake(t, tp, chunks)
		for n := begin; n < len(chunks)-6; n++ {
			s, f := playLossy(t, tp, drop(chunks, func(i int) bool { return i == n }))
			name := fmt.Sprintf("%s %s, packet %d of %d", versionName(kind.version), f.Suite, n, len(chunks))
			if !bytes.HasSuffix(s.plain[0].Bytes(), []byte("ye")) { // TLS 1.0 has the b in a record of its own
				t.Errorf("%s: decoding did not go on: dark %q", name, s.dark)
			}
			if len(s.gaps) == 0 || s.count(Partial) == 0 && len(chunks[n].data) == 1000 || f.Failed > 0 {
				t.Errorf("%s: gaps %v, %d records partly captured, %d failed", name, s.gaps, s.count(Partial), f.Failed)
			}
			missing := tp.said[0].Len() + tp.said[1].Len() - s.plain[0].Len() - s.plain[1].Len()
			var sum int
			for _, g := range s.gaps {
				sum += int(g)
			}
			if sum < missing-100 || sum > missing+100 {
				t.Errorf("%s: gaps of about %d, %d bytes are missing", name, sum, missing)
			}
		}
	}
}

func TestAnyLossKeepsOrder(t *testing.T) {
	var tapes []*tape
	for i := range lossy {
		tapes = append(tapes, lossyTape(t, i))
	}
	sizes := []int{5, 100, 536, 1460, 20000}
	begins := map[[2]int]int{} // of the application data, by tape and size
	for i, tp := range tapes {
		for j, size := range sizes {
			begins[[2]int{i, j}] = afterHandshake(t, tp, packets(tp.chunks, size))
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		kind, packet := rapid.IntRange(0, len(tapes)-1).Draw(rt, "suite"), rapid.IntRange(0, len(sizes)-1).Draw(rt, "packet")
		tp := tapes[kind]
		from := begins[[2]int{kind, packet}] - rapid.SampledFrom([]int{0, 5, 40, 1 << 20}).Draw(rt, "spared")
		share := rapid.SampledFrom([]float64{0.001, 0.01, 0.1, 0.5}).Draw(rt, "loss")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		chunks := drop(packets(tp.chunks, sizes[packet]), func(i int) bool { return i >= from && rng.Float64() < share })
		s := &runs{}
		l := NewTLS(keysOf(tp.keys.String()), s)
		l.Close(feedAll(l, chunks, 0))
		cut, _ := play(t, keysOf(tp.keys.String()), chunks, 1+rng.IntN(2000))
		if s.log.String() != cut.log.String() {
			rt.Errorf("division changes what is found:\n%.3000s\n%.3000s", s.log.String(), cut.log.String())
		}
		if later := byLine(tp.keys.String(), chunks); s.log.String() != later.log.String() {
			rt.Errorf("keys that come later change what is found:\n%.3000s\n%.3000s", s.log.String(), later.log.String())
		}
		if err := s.check(tp); err != nil {
			rt.Error(err)
		}
		if l.Facts().Failed > 0 {
			rt.Errorf("%d records failed", l.Facts().Failed)
		}
	})
}

// byLine plays chunks before there are keys, and then adds them line by line.
func byLine(keys string, chunks []chunk) *heard {
	s, k := &heard{}, &Keys{}
	l := NewTLS(k, s)
	when := feedAll(l, chunks, 0)
	for line := range strings.Lines(keys) {
		k.Add([]byte(line))
		l.Retry(when)
	}
	l.Close(when)
	return s
}

func TestLossOfAHelloIsDark(t *testing.T) {
	tp := lossyTape(t, 3)
	for _, dir := range []capture.Direction{capture.ClientToServer, capture.ServerToClient} {
		first := slices.IndexFunc(tp.chunks, func(c chunk) bool { return c.dir == dir })
		h, f := play(t, keysOf(tp.keys.String()), drop(tp.chunks, func(i int) bool { return i == first }), 0)
		if !slices.Equal(h.dark, []Reason{NoHello}) || h.plain[0].Len()+h.plain[1].Len() > 0 {
			t.Errorf("%v: dark %q", dir, h.dark)
		}
		if f.Records[0] == 0 || f.Records[1] == 0 {
			t.Errorf("%v: records %v", dir, f.Records)
		}
		h, _ = play(t, keysOf(tp.keys.String()), tp.chunks[first+1:], 0) // a capture that begins later
		if !slices.Equal(h.dark, []Reason{NoHello}) {
			t.Errorf("%v: dark %q", dir, h.dark)
		}
	}
}

// TestLossInTheHandshake: the hellos suffice.
func TestLossInTheHandshake(t *testing.T) {
	for i, kind := range lossy {
		tp := lossyTape(t, i)
		chunks := packets(tp.chunks, 300)
		begin := afterHandshake(t, tp, chunks)
		hello := [2]bool{}
		for n := range begin - 1 {
			if dir := chunks[n].dir; !hello[dir] { // the hello is in front
				hello[dir] = true
				continue
			}
			s, f := playLossy(t, tp, drop(chunks, func(i int) bool { return i == n }))
			if !bytes.HasSuffix(s.plain[0].Bytes(), []byte("ye")) || len(s.dark) > 0 {
				t.Errorf("%s %s, packet %d of %d: dark %q", versionName(kind.version), f.Suite, n, begin, s.dark)
			}
		}
	}
}

func TestDamagedRecordsAreFound(t *testing.T) {
	for i, kind := range lossy {
		tp := lossyTape(t, i)
		chunks := packets(tp.chunks, 1<<20)
		begin := afterHandshake(t, tp, chunks)
		for n := begin; n < len(chunks)-6; n += 3 {
			damaged := slices.Clone(chunks)
			damaged[n].data = bytes.Clone(damaged[n].data)
			damaged[n].data[len(damaged[n].data)-1] ^= 1
			s, f := playLossy(t, tp, damaged)
			if f.Failed < 1 || f.Failed > 2 || s.count(BadTag) != f.Failed || len(s.gaps) < 1 {
				t.Errorf("%s %s: %d records failed, %d reported, gaps %v", versionName(kind.version), f.Suite, f.Failed, s.count(BadTag), s.gaps)
			}
			if !bytes.HasSuffix(s.plain[0].Bytes(), []byte("ye")) {
				t.Errorf("%s %s: decoding did not go on: dark %q", versionName(kind.version), f.Suite, s.dark)
			}
		}
	}
}
