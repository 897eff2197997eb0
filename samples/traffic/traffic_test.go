package traffic

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func write(t *testing.T, o Options) ([]byte, Summary) {
	t.Helper()
	var b bytes.Buffer
	sum, err := Write(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	if int64(b.Len()) != sum.Bytes {
		t.Errorf("%d octets, the summary says %d", b.Len(), sum.Bytes)
	}
	return b.Bytes(), sum
}

// TestTruth takes captures apart and counts again what the summary says.
func TestTruth(t *testing.T) {
	for _, o := range []Options{
		{}, {Mix: Headers, Seed: 2}, {Mix: Bodies, Seed: 3, Conns: 1}, {Seed: 4, MSS: 100, Port: 14310}, {Seed: 5, MSS: 1 << 20},
		{Seed: 6, Conns: 200, ReorderPercent: 5}, {Dialect: IMAP4rev1}, {Dialect: IMAP4rev1, Mix: Headers}, {Dialect: IMAP4rev1, Mix: Bodies},
	} {
		file, sum := write(t, o)
		pairs, packets, late := readCapture(t, file, o.withDefaults().Port)
		if int64(len(pairs)) != sum.Connections || packets != sum.Packets || late != sum.LatePackets {
			t.Errorf("%+v: %d connections, %d packets, %d late; the summary says %d, %d, %d",
				o, len(pairs), packets, late, sum.Connections, sum.Packets, sum.LatePackets)
		}
		if o.ReorderPercent > 0 && late < 10 {
			t.Errorf("%+v: only %d packets are late", o, late)
		}
		got := newTally()
		for _, p := range pairs {
			client, lostC := p.client.octets(t)
			server, lostS := p.server.octets(t)
			if lostC+lostS > 0 {
				t.Fatalf("%+v: octets are missing", o)
			}
			got.client(t, client)
			got.server(t, server)
		}
		if got.transactions != sum.Transactions || !maps.Equal(got.completions, sum.Completions) || !maps.Equal(got.unsolicited, sum.Unsolicited) ||
			!maps.Equal(got.octets, sum.KindOctets) || got.ready != sum.Ready || got.greetings != sum.Connections ||
			got.clientOctets != sum.ClientOctets || got.serverOctets != sum.ServerOctets ||
			got.clientLiterals != sum.ClientLiterals || got.serverLiterals != sum.ServerLiterals ||
			got.clientLiteralOctets != sum.ClientLiteralOctets || got.serverLiteralOctets != sum.ServerLiteralOctets {
			t.Errorf("%+v: counted\n%+v\nthe summary says\n%+v", o, got, sum)
		}
		commands := int64(0)
		for _, n := range sum.Commands {
			commands += n
		}
		if commands != sum.Transactions || sum.Commands["LOGOUT"] != sum.Connections {
			t.Errorf("%+v: %d commands, %d transactions, %d LOGOUTs of %d connections", o, commands, sum.Transactions, sum.Commands["LOGOUT"], sum.Connections)
		}
	}
}

// tally is a summary, made by reading.
type tally struct {
	transactions, ready, greetings           int64
	clientOctets, serverOctets               int64
	clientLiterals, serverLiterals           int64
	clientLiteralOctets, serverLiteralOctets int64
	completions, unsolicited, octets         map[string]int64
}

func newTally() *tally {
	return &tally{completions: map[string]int64{}, unsolicited: map[string]int64{}, octets: map[string]int64{}}
}

var announcement = regexp.MustCompile(`\{(\d+)\+?\}\r\n$`)

// message cuts the first message off b: lines, joined by literals.
func message(t *testing.T, b []byte) (msg, rest []byte, literals, octets int64) {
	t.Helper()
	end := 0
	for {
		i := bytes.Index(b[end:], []byte("\r\n"))
		if i < 0 {
			t.Fatalf("a message without end: %.80q", b)
		}
		start := end
		end += i + 2
		m := announcement.FindSubmatch(b[start:end])
		if m == nil {
			return b[:end], b[end:], literals, octets
		}
		n, _ := strconv.Atoi(string(m[1]))
		literals, octets, end = literals+1, octets+int64(n), end+n
	}
}

func (c *tally) client(t *testing.T, b []byte) {
	c.clientOctets += int64(len(b))
	for len(b) > 0 {
		var literals, octets int64
		_, b, literals, octets = message(t, b)
		c.transactions++
		c.clientLiterals += literals
		c.clientLiteralOctets += octets
	}
}

func (c *tally) server(t *testing.T, b []byte) {
	c.serverOctets += int64(len(b))
	for first := true; len(b) > 0; first = false {
		msg, rest, literals, octets := message(t, b)
		b = rest
		c.serverLiterals += literals
		c.serverLiteralOctets += octets
		head, _, _ := strings.Cut(string(msg), "\r\n")
		words := append(strings.Fields(head), "", "")
		switch {
		case words[0] == "+":
			c.ready++
		case first && words[0] == "*" && words[1] == "OK":
			c.greetings++
		case words[0] == "*":
			kind := words[1]
			if kind[0] <= '9' {
				kind = words[2]
			}
			c.unsolicited[kind]++
			c.octets[kind] += int64(len(msg))
		default:
			c.completions[words[1]]++
		}
	}
}

func TestLoss(t *testing.T) {
	o := Options{Seed: 7, Bytes: 4 << 20, LossPercent: 2, ReorderPercent: 2}
	file, sum := write(t, o)
	pairs, _, _ := readCapture(t, file, 143)
	var client, server int64
	for _, p := range pairs {
		_, c := p.client.octets(t)
		_, s := p.server.octets(t)
		client, server = client+c, server+s
	}
	if client != sum.LostClient || server != sum.LostServer || sum.LostPackets < 30 || server == 0 {
		t.Errorf("%d and %d octets are missing; the summary says %d and %d in %d packets", client, server, sum.LostClient, sum.LostServer, sum.LostPackets)
	}
}

func TestSameOptionsSameOctets(t *testing.T) {
	o := Options{Bytes: 300_000, Seed: 11, LossPercent: 1, ReorderPercent: 1}
	a, _ := write(t, o)
	b, _ := write(t, o)
	if !bytes.Equal(a, b) {
		t.Error("two runs differ")
	}
	o.Seed++
	if c, _ := write(t, o); bytes.Equal(a, c) {
		t.Error("another seed makes no difference")
	}
}

// TestSize: the file is as large as asked for, and what is too much stays
// within what open connections still have to say.
func TestSize(t *testing.T) {
	for _, size := range []int64{1, 100_000, 20 << 20} {
		o := Options{Bytes: size, Conns: 4}
		sum, err := Write(io.Discard, o)
		if err != nil || sum.Bytes < size || sum.Bytes > size+4*(maxMail*5) {
			t.Errorf("%d octets asked for, %d written: %v", size, sum.Bytes, err)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var before, after runtime.MemStats
	grown := func(size int64) int64 {
		runtime.GC()
		runtime.ReadMemStats(&before)
		peak := uint64(0)
		w := writerFunc(func(p []byte) (int, error) {
			runtime.ReadMemStats(&after)
			peak = max(peak, after.HeapAlloc)
			return len(p), nil
		})
		if _, err := Write(w, Options{Bytes: size, Conns: 16, Mix: Bodies}); err != nil {
			t.Fatal(err)
		}
		return int64(peak) - int64(before.HeapAlloc)
	}
	if small, large := grown(10<<20), grown(100<<20); large > small+(20<<20) {
		t.Errorf("10 MB take %d octets of memory, 100 MB take %d", small, large)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestWriteError(t *testing.T) {
	full := errors.New("full")
	left := 3 << 20
	_, err := Write(writerFunc(func(p []byte) (int, error) {
		if left -= len(p); left < 0 {
			return 0, full
		}
		return len(p), nil
	}), Options{Bytes: 1 << 40})
	if !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

func TestParseDialect(t *testing.T) {
	for _, d := range []Dialect{IMAP2, IMAP4rev1} {
		if got, err := ParseDialect(d.String()); got != d || err != nil {
			t.Errorf("%s: %s, %v", d, got, err)
		}
	}
	if _, err := ParseDialect("imap"); err == nil {
		t.Error("imap is a dialect")
	}
}

func TestParseMix(t *testing.T) {
	for _, m := range []Mix{Mixed, Headers, Bodies, Short} {
		if got, err := ParseMix(m.String()); got != m || err != nil {
			t.Errorf("%s: %s, %v", m, got, err)
		}
	}
	if _, err := ParseMix("soup"); err == nil {
		t.Error("soup is a mix")
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, m := range []Mix{Mixed, Headers, Bodies, Short} {
		b.Run(m.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sum, err := Write(io.Discard, Options{Bytes: 20 << 20, Conns: 64, Mix: m})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(sum.Bytes)
			}
		})
	}
}
