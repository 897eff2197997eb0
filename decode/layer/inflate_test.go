package layer

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// inflateIn inflates p in pieces of the sizes that size returns, and fails the test if a
// copy of the inflater goes on differently.
func inflateIn(t testing.TB, p []byte, size func() int) ([]byte, *inflater, error) {
	t.Helper()
	f := new(inflater)
	var out []byte
	every := 1 + len(p)/50
	for len(p) > 0 {
		n := min(max(size(), 1), len(p))
		f.compact()
		if len(p)%every != 0 {
			got, err := f.inflate(p[:n])
			out, p = append(out, got...), p[n:]
			if err != nil {
				return out, f, err
			}
			continue
		}
		c := f.clone()
		got, err := f.inflate(p[:n])
		also, alsoErr := c.inflate(p[:n])
		if !bytes.Equal(got, also) || !errors.Is(alsoErr, err) {
			t.Fatalf("after %d bytes of output, the copy gives %q (%v), the original %q (%v)", len(out), also, alsoErr, got, err)
		}
		out, p = append(out, got...), p[n:]
		if err != nil {
			return out, f, err
		}
		f = c // go on with the copy
	}
	return out, f, nil
}

// standard inflates p with compress/flate. It returns how much of p belongs to the stream.
func standard(p []byte) (out []byte, used int, err error) {
	r := bytes.NewReader(p)
	out, err = io.ReadAll(flate.NewReader(r))
	return out, len(p) - r.Len(), err
}

// checkInflate compares inflate with compress/flate for one input in some divisions.
func checkInflate(t testing.TB, p []byte, seed uint64) {
	t.Helper()
	want, used, wantErr := standard(p)
	rnd := rand.New(rand.NewPCG(seed, 1))
	for _, c := range []struct {
		name string
		size func() int
	}{
		{"whole", func() int { return len(p) }},
		{"bytes", func() int { return 1 }},
		{"pieces", func() int { return rnd.IntN(40) }},
	} {
		got, f, err := inflateIn(t, p, c.size)
		switch {
		case errors.Is(wantErr, io.ErrUnexpectedEOF):
			// compress/flate may want more bits than the next symbol has, but not many.
			if !bytes.HasPrefix(got, want) || len(got)-len(want) > 16*maxMatch {
				t.Fatalf("%s: %d bytes of output of a cut stream, compress/flate has %d", c.name, len(got), len(want))
			}
			if err != nil {
				// What compress/flate did not look at may be wrong.
				continue
			}
			if f.state == ended {
				t.Fatalf("%s: a cut stream has ended", c.name)
			}
		case wantErr != nil:
			if err == nil || !bytes.Equal(got, want) {
				t.Fatalf("%s: %d bytes of output and error %v, compress/flate has %d and %v", c.name, len(got), err, len(want), wantErr)
			}
		default:
			if !bytes.Equal(got, want) || f.state != ended {
				t.Fatalf("%s: %d bytes of output, state %d; compress/flate has %d", c.name, len(got), f.state, len(want))
			}
			if (err != nil) != (used < len(p)) {
				t.Fatalf("%s: error %v with %d bytes after the end", c.name, err, len(p)-used)
			}
		}
	}
}

// mail returns n bytes as FETCH responses of mail look.
func mail(rnd *rand.Rand, n int) []byte {
	words := strings.Fields("the of and FETCH (UID FLAGS (\\Seen) RFC822.SIZE ENVELOPE (NIL) \"Re: meeting\" " +
		"Received: from by with ESMTP id for Date: Subject: Message-ID: Content-Type: text/plain; charset=utf-8 " +
		"quarterly report please find attached regards monday tuesday office number answer question")
	var b bytes.Buffer
	for b.Len() < n {
		switch rnd.IntN(12) {
		case 0:
			fmt.Fprintf(&b, "\r\n* %d FETCH (UID %d ", rnd.IntN(5000), rnd.IntN(1e6))
		case 1:
			fmt.Fprintf(&b, "%x@%d.example.com ", rnd.Uint64(), rnd.IntN(99))
		default:
			b.WriteString(words[rnd.IntN(len(words))] + " ")
		}
	}
	return b.Bytes()[:n]
}

// deflated returns p compressed at a level, with a flush after every so many bytes.
func deflated(t testing.TB, p []byte, level, every int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	for len(p) > 0 {
		n := min(every, len(p))
		if _, err := w.Write(p[:n]); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		p = p[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestInflateLikeCompressFlate(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 70000)
	for i := range random {
		random[i] = byte(rnd.Uint32())
	}
	for name, p := range map[string][]byte{
		"nothing": nil, "a byte": {'a'}, "mail": mail(rnd, 120000), "random": random,
		"zeros": make([]byte, 150000), "two": bytes.Repeat([]byte("ab"), 40000),
		// Frequencies of a Fibonacci sequence make codes of all lengths.
		"long codes": fibonacci(),
	} {
		for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
			for _, every := range []int{100, 5000, 1 << 20} {
				if every == 100 && len(p) > 100000 {
					continue
				}
				checkInflate(t, deflated(t, p, level, every), 1)
			}
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

func fibonacci() []byte {
	var p []byte
	for a, b, c := 1, 1, byte(0); a < 60000; a, b, c = b, a+b, c+7 {
		p = append(p, bytes.Repeat([]byte{c}, a)...)
	}
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(p), func(i, j int) { p[i], p[j] = p[j], p[i] })
	return p
}

// Any damage of real streams gives what compress/flate gives up to its error.
func TestInflateDamaged(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for i := range 1000 {
		p := deflated(t, mail(rnd, 300+rnd.IntN(3000)), rnd.IntN(12)-2, 1+rnd.IntN(2000))
		for range 1 + rnd.IntN(3) {
			p[rnd.IntN(min(len(p), 200+rnd.IntN(len(p))))] ^= 1 << rnd.IntN(8)
		}
		if rnd.IntN(3) == 0 {
			p = p[:rnd.IntN(len(p))]
		}
		checkInflate(t, p, uint64(i))
	}
}

// All of the output is there as soon as its last bit is: nothing waits for a flush.
func TestInflateWaitsForNothing(t *testing.T) {
	var w bitWriter
	w.put(0, 1)
	w.put(1, 2)
	f := new(inflater)
	var got []byte
	const text = "a NOOP\r\n"
	for i := range len(text) {
		w.literal(text[i])
		for _, c := range w.bytes() {
			out, err := f.inflate([]byte{c})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, out...)
		}
		// Up to 7 bits of the last symbol are not in a whole byte yet.
		if want := text[:i+1]; string(got) != want && string(got) != want[:i] {
			t.Fatalf("%q after %q", got, want)
		}
	}
}

// bitWriter writes DEFLATE data by hand.
type bitWriter struct {
	v    uint64
	n    uint
	done []byte
}

func (b *bitWriter) put(v uint64, n uint) {
	b.v |= v << b.n
	for b.n += n; b.n >= 8; b.n -= 8 {
		b.done = append(b.done, byte(b.v))
		b.v >>= 8
	}
}

// code writes a Huffman code, whose first bit is the highest.
func (b *bitWriter) code(v uint64, n uint) {
	for ; n > 0; n-- {
		b.put(v>>(n-1)&1, 1)
	}
}

// literal writes a byte below 144 with the fixed code.
func (b *bitWriter) literal(c byte) { b.code(0x30+uint64(c), 8) }

// bytes returns the whole bytes so far, once.
func (b *bitWriter) bytes() []byte {
	p := b.done
	b.done = nil
	return p
}

func TestInflateRejects(t *testing.T) {
	for name, p := range map[string][]byte{
		"block type 3":           {0x06, 0, 0, 0, 0},
		"a wrong NLEN":           {0x00, 1, 0, 0, 0},
		"data after the end":     {0x03, 0x00, 0x00},
		"a distance to nowhere":  {0x4b, 0x04, 0x22, 0x00, 0x00},
		"an oversubscribed code": {0x04, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		f := new(inflater)
		if _, err := f.inflate(p); !errors.Is(err, errInflate) {
			t.Errorf("%s: error %v", name, err)
		}
		if out, err := f.inflate([]byte("abc")); len(out) > 0 || err == nil {
			t.Errorf("%s: after the error, %q and %v", name, out, err)
		}
	}
}

// One KiB of a bomb is 1 MiB, and its memory is given up.
func TestInflateBomb(t *testing.T) {
	bomb := deflated(t, make([]byte, 64<<20), flate.BestCompression, 64<<20)
	f := new(inflater)
	total := 0
	for len(bomb) > 0 {
		n := min(1<<10, len(bomb))
		f.compact()
		out, err := f.inflate(bomb[:n])
		if err != nil {
			t.Fatal(err)
		}
		if len(out) > n*1032 {
			t.Fatalf("%d bytes of %d", len(out), n)
		}
		if cap(f.buf) > keepAtMost {
			t.Fatalf("keeps %d bytes", cap(f.buf))
		}
		total, bomb = total+len(out), bomb[n:]
	}
	if total != 64<<20 || f.state != ended {
		t.Fatalf("%d bytes, state %d", total, f.state)
	}
}

func TestInflateAllocatesNothing(t *testing.T) {
	p := deflated(t, mail(rand.New(rand.NewPCG(1, 1)), 1<<20), 6, 3000)
	f := new(inflater)
	feed := func(n int) {
		f.compact()
		if _, err := f.inflate(p[:n]); err != nil {
			t.Fatal(err)
		}
		p = p[n:]
	}
	feed(40000) // the buffer has its size now
	if n := testing.AllocsPerRun(100, func() { feed(512) }); n > 0 {
		t.Errorf("%v allocations a call", n)
	}
}

// FuzzInflate compares inflate with compress/flate, for any input in any pieces.
func FuzzInflate(f *testing.F) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
		f.Add(deflated(f, mail(rnd, 600), level, 200), uint64(level+2))
	}
	f.Add([]byte("a001 OK done\r\n"), uint64(0))
	f.Fuzz(func(t *testing.T, p []byte, seed uint64) {
		if len(p) < 1<<14 {
			checkInflate(t, p, seed)
		}
	})
}

func BenchmarkInflate(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 1))
	plain := mail(rnd, 4<<20)
	for _, c := range []struct {
		name         string
		level, every int
	}{{"level=1", 1, 1 << 20}, {"level=6", 6, 1 << 20}, {"flush=300", 6, 300}, {"huffman", flate.HuffmanOnly, 1 << 20}} {
		p := deflated(b, plain, c.level, c.every)
		b.Run(c.name+"/standard", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(plain)))
			in := bytes.NewReader(p)
			r := flate.NewReader(in)
			for b.Loop() {
				in.Reset(p)
				if err := r.(flate.Resetter).Reset(in, nil); err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, r); n != int64(len(plain)) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
		b.Run(c.name+"/ours", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(plain)))
			for b.Loop() {
				f, n := new(inflater), 0
				for q := p; len(q) > 0; q = q[min(len(q), MaxInflateWrite):] {
					f.compact()
					out, err := f.inflate(q[:min(len(q), MaxInflateWrite)])
					if err != nil {
						b.Fatal(err)
					}
					n += len(out)
				}
				if n != len(plain) {
					b.Fatal(n)
				}
			}
		})
	}
}
