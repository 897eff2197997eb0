package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestManyGaps checks that the cost of connections that each miss a packet grows as their
// number does.
func TestManyGaps(t *testing.T) {
	cost := func(args ...string) time.Duration {
		start := time.Now()
		root := newRoot(&env{out: &bytes.Buffer{}, err: &bytes.Buffer{}})
		root.SetArgs(args)
		if err := root.ExecuteContext(context.Background()); err != nil {
			t.Fatal(err)
		}
		return time.Since(start)
	}
	files := make(map[int]string)
	for _, n := range []int{750, 1500, 3000} {
		files[n] = gaps(t, n)
	}
	for verb, args := range map[string][]string{"decode": {"decode", "--format", "none"}, "report": {"report", "-o", "-"}} {
		small := cost(append(args, files[750])...)
		middle := cost(append(args, files[1500])...)
		large := cost(append(args, files[3000])...)
		t.Logf("%s: %v, %v, %v", verb, small, middle, large)
		// Linear is a factor of 2 and 4, quadratic one of 4 and 16.
		const slack = 300 * time.Millisecond
		if middle > 3*small+slack || large > 8*small+slack {
			t.Errorf("%s: %v, %v and %v for 750, 1500 and 3000 connections", verb, small, middle, large)
		}
	}
}

// gaps writes a capture of n connections, open together, each of which misses a packet
// that nothing acknowledges.
func gaps(t *testing.T, n int) string {
	t.Helper()
	k := &tcpTalk{step: 100 * time.Millisecond}
	k.say(false, 2, "")
	k.say(true, 18, "")
	k.say(false, 16, "")
	k.say(true, 16, "* OK IMAP2 service ready\r\n")
	k.next[0] += 9 // a command of nine bytes
	k.say(false, 24, "a1 NOOP\r\n")
	var b []byte
	for i, p := range k.packets {
		p.at = 0
		one, err := os.ReadFile(captureOf(t, 143, []packet{p}))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			b = append(b, one[:24]...)
		}
		for c := range n {
			at := time.Duration(i*n+c) * k.step
			le := binary.LittleEndian
			le.PutUint32(one[24:], 583_000_000+uint32(at/time.Second))
			le.PutUint32(one[28:], uint32(at%time.Second))
			port := one[24+16+20:]
			if p.server {
				port = port[2:]
			}
			binary.BigEndian.PutUint16(port, uint16(2000+c))
			b = append(b, one[24:]...)
		}
	}
	name := filepath.Join(t.TempDir(), "gaps.pcap")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
