package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// packet is a TCP packet of a test; sequence numbers begin at 0.
type packet struct {
	server   bool
	flags    byte // FIN 1, SYN 2, RST 4, ACK 16
	seq, ack uint32
	data     string
	at       time.Duration
}

// tcpTalk makes the packets of one connection, with numbers that fit.
type tcpTalk struct {
	packets []packet
	next    [2]uint32 // by side
	now     time.Duration
	step    time.Duration // between two packets
}

func (k *tcpTalk) say(server bool, flags byte, data string) {
	me, you := 0, 1
	if server {
		me, you = you, me
	}
	k.now += k.step
	k.packets = append(k.packets, packet{server, flags, k.next[me], k.next[you], data, k.now})
	k.next[me] += uint32(len(data))
	if flags&3 != 0 {
		k.next[me]++
	}
}

// fastSession is a conversation of n fast commands. acks adds the packets without data that
// a slower client sends.
func fastSession(n int, acks bool) []packet {
	k := &tcpTalk{step: 100 * time.Microsecond}
	k.say(false, 2, "")
	k.say(true, 18, "")
	k.say(false, 16, "")
	k.say(true, 16, "* OK IMAP2 service ready\r\n")
	for i := range n {
		c, s := "CHECK", ""
		switch {
		case i == 0:
			c = "LOGIN fred secret"
		case i == 1:
			c, s = "SELECT INBOX", "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\r\n* 3 EXISTS\r\n* 0 RECENT\r\n"
		case i == n-1:
			c, s = "LOGOUT", "* BYE IMAP2 server terminating connection\r\n"
		case i%3 == 0:
			c, s = "FETCH 1 FLAGS", "* 1 FETCH (FLAGS (\\Seen))\r\n"
		case i%3 == 1:
			c, s = "SEARCH ALL", "* SEARCH 1 2 3\r\n"
		}
		k.say(false, 24, fmt.Sprintf("a%d %s\r\n", i, c))
		k.say(true, 24, fmt.Sprintf("%sa%d OK %s completed\r\n", s, i, strings.Fields(c)[0]))
		if acks {
			k.say(false, 16, "")
		}
	}
	k.say(true, 17, "")
	k.say(false, 17, "")
	k.say(true, 16, "")
	return k.packets
}

// captureOf writes a pcap file of packets to and from a port.
func captureOf(t *testing.T, port uint16, packets []packet) string {
	t.Helper()
	le, be := binary.LittleEndian, binary.BigEndian
	b := le.AppendUint32(nil, 0xa1b23c4d)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0) // link type raw IP
	for _, p := range packets {
		size := 40 + len(p.data)
		b = le.AppendUint32(b, 583_000_000+uint32(p.at/time.Second))
		b = le.AppendUint32(b, uint32(p.at%time.Second))
		b = le.AppendUint32(le.AppendUint32(b, uint32(size)), uint32(size))
		ip := make([]byte, 40, size)
		ip[0], ip[8], ip[9] = 0x45, 64, 6
		be.PutUint16(ip[2:], uint16(size))
		from, to := []byte{192, 0, 2, 1}, []byte{192, 0, 2, 2}
		ports := [2]uint16{40000, port}
		if p.server {
			from, to, ports = to, from, [2]uint16{port, 40000}
		}
		copy(ip[12:], from)
		copy(ip[16:], to)
		be.PutUint16(ip[20:], ports[0])
		be.PutUint16(ip[22:], ports[1])
		be.PutUint32(ip[24:], 1000+p.seq)
		if p.flags&16 != 0 {
			be.PutUint32(ip[28:], 1000+p.ack)
		}
		ip[32], ip[33] = 5<<4, p.flags
		b = append(append(b, ip...), p.data...)
	}
	name := filepath.Join(t.TempDir(), "talk.pcap")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestOnePacketLost checks that a packet that is not in the capture, or late in it, makes
// no false orphan and no false finding, however fast the conversation goes on.
func TestOnePacketLost(t *testing.T) {
	const n = 50
	for _, acks := range []bool{false, true} {
		whole := fastSession(n, acks)
		usual := rulesFound(t, captureOf(t, 143, whole))
		for i, p := range whole {
			if p.data == "" || i%5 > 1 { // some of each side
				continue
			}
			for _, late := range []int{0, 1, 2, 3} { // packets; 0: lost
				packets := slices.Delete(slices.Clone(whole), i, i+1)
				want := counts{Requests: n}
				if late > 0 {
					at := min(i+late, len(packets)-1)
					p.at = packets[at-1].at + time.Microsecond
					packets = slices.Insert(packets, at, p)
				} else if p.server {
					want.Abandoned = 1
				} else { // what answers it is the only orphan
					want.Requests, want.Orphans = n-1, 1
				}
				what := fmt.Sprintf("acks %t, packet %d %.8q late by %d", acks, i, p.data, late)
				file := captureOf(t, 143, packets)
				if got := countsOf(t, file); got != want {
					t.Errorf("%s: %+v, want %+v", what, got, want)
				}
				for rule := range rulesFound(t, file) {
					if !usual[rule] && (late > 0 || rule != "N001") {
						t.Errorf("%s: %s", what, rule)
					}
				}
			}
		}
	}
}

// counts are what decode counts of a connection.
type counts struct{ Requests, Orphans, Abandoned, Junk int }

func countsOf(t *testing.T, file string) (c counts) {
	t.Helper()
	out, err := decoded(t, "--format", "jsonl", file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out) {
		if !bytes.Contains(line, []byte(`"type":"close"`)) {
			continue
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// rulesFound returns the rules of which check finds something.
func rulesFound(t *testing.T, file string) map[string]bool {
	t.Helper()
	var out bytes.Buffer
	root := newRoot(&env{out: &out, err: &bytes.Buffer{}})
	root.SetArgs([]string{"check", "--fail-on", "never", "--format", "jsonl", file})
	if err := root.ExecuteContext(context.Background()); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for line := range bytes.Lines(out.Bytes()) {
		var f struct{ ID string }
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatal(err)
		}
		found[f.ID] = true
	}
	return found
}
