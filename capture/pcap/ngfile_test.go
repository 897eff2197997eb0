package pcap

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"
)

func TestPcapNG(t *testing.T) {
	orders(t, func(t *testing.T, o binary.ByteOrder) {
		b := newBuilder(o).section()
		b.block(10, strings.Repeat("secret", 50000)) // decryption secrets, larger than the buffer
		b.iface(1, 0, b.option(2, "eth0")+b.option(optEnd, "")).
			iface(276, 4, b.option(optTSResol, "\x09")+b.option(optTSOffset, b.body().u32(0, 0).String())).
			block(5, "statistics..")
		first := b.Len()
		b.enhanced(1, 1700000000123456789, "abcde", 70,
			b.option(optComment, "upstream 192.0.2.1")+b.option(2, "\x00\x00\x00\x00")+b.option(optComment, "TLS 1.3"))
		second := b.Len()
		b.enhanced(0, 1700000000123456, "abcd", 4, b.option(optComment, "one"))
		third := b.Len()
		b.block(blockSimple, b.body().u32(6).str("simple").String())
		fourth := b.Len()
		b.block(blockPacket, b.body().u16(1, 7).u32(0, 5, 3, 9).str("old\x00").str(b.option(optComment, "obsolete")).String())
		got, err := read(&b.Buffer, "x")
		if err != nil {
			t.Fatal(err)
		}
		want := []Packet{
			{1, int64(first), unix(1700000000, 123456789), layers.LinkTypeLinuxSLL2, []byte("abcde"), 70, 1, "upstream 192.0.2.1\nTLS 1.3", false, SenderUnknown},
			{2, int64(second), unix(1700000000, 123456000), 1, []byte("abcd"), 4, 0, "one", false, SenderUnknown},
			{3, int64(third), unix(1700000000, 123456000), 1, []byte("simple"), 6, 0, "", false, SenderUnknown},
			{4, int64(fourth), unix(0, 5), layers.LinkTypeLinuxSLL2, []byte("old"), 9, 1, "obsolete", false, SenderUnknown},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

// TestInterfacesAreTheirSectionsOwn: interfaces are their section's own, and so is the byte order.
func TestInterfacesAreTheirSectionsOwn(t *testing.T) {
	little, bigEnd := newBuilder(binary.LittleEndian), newBuilder(binary.BigEndian)
	little.section().iface(1, 0, "").iface(101, 0, "").enhanced(1, 1e6, "a", 1, "")
	bigEnd.section().iface(113, 2, "").enhanced(0, 2e6, "b", 1, "").block(blockSimple, bigEnd.body().u32(5).str("cd").String())
	both := append(bytes.Clone(little.Bytes()), bigEnd.Bytes()...)
	got, err := read(bytes.NewReader(append(both, little.Bytes()...)), "x")
	if err != nil {
		t.Fatal(err)
	}
	type short struct {
		Sec    int64
		Link   layers.LinkType
		Data   string
		Length int
	}
	var all []short
	for _, p := range got {
		all = append(all, short{p.Time.Unix(), p.Link, string(p.Data), p.Length})
	}
	want := []short{{1, 101, "a", 1}, {2, 113, "b", 1}, {2, 113, "cd", 5}, {1, 101, "a", 1}}
	if d := cmp.Diff(want, all); d != "" {
		t.Error(d)
	}
}

// TestSimpleBeforeAnyTime: a file of simple packets only has no times.
func TestSimpleBeforeAnyTime(t *testing.T) {
	b := newBuilder(binary.LittleEndian).section().iface(1, 0, "")
	b.block(blockSimple, b.body().u32(1).str("a").String())
	got, err := read(&b.Buffer, "x")
	if err != nil || len(got) != 1 || !got[0].Time.Equal(unix(0, 0)) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestBadOptions: options that are cut or overrun do not lose the frame.
func TestBadOptions(t *testing.T) {
	b := newBuilder(binary.LittleEndian)
	for _, options := range []string{
		"\x01\x00\xff\xff",
		"\x01\x00\x05\x00abcd",
		b.option(optEnd, "") + b.option(optComment, "after the end"),
		b.option(optTSResol, ""), b.option(optTSResol, "xx"), b.option(optTSOffset, "short"),
	} {
		b := newBuilder(binary.LittleEndian).section().iface(1, 0, options).enhanced(0, 5, "abcd", 4, options)
		got, err := read(&b.Buffer, "x")
		if err != nil || len(got) != 1 || got[0].Comment != "" || !got[0].Time.Equal(unix(0, 5000)) {
			t.Errorf("%q: %+v, %v", options, got, err)
		}
	}
}

// TestResolutionsAgreeWithExactArithmetic holds every resolution against arbitrary-precision arithmetic.
func TestResolutionsAgreeWithExactArithmetic(t *testing.T) {
	o := order{}
	for resol := range 256 {
		c := newClock()
		c.option(&options{order: o, code: optTSResol, value: []byte{byte(resol)}})
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(resol&0x7f)), nil)
		if resol&0x80 != 0 {
			unit = new(big.Int).Lsh(big.NewInt(1), uint(resol&0x7f))
		}
		for _, stamp := range []uint64{0, 1, 999_999, 1_700_000_000_123_456_789, 1<<63 + 12345, math.MaxUint64} {
			ns := new(big.Int).Mul(new(big.Int).SetUint64(stamp), big.NewInt(1e9))
			ns.Div(ns, unit)
			sec, nsec := new(big.Int).DivMod(ns, big.NewInt(1e9), new(big.Int))
			want := unix(int64(sec.Uint64()), nsec.Int64())
			if got := c.time(stamp); !got.Equal(want) {
				t.Errorf("if_tsresol 0x%02x, %d: %v, want %v", resol, stamp, got, want)
			}
		}
	}
}

func TestClockOffset(t *testing.T) {
	orders(t, func(t *testing.T, o binary.ByteOrder) {
		b := newBuilder(o).section()
		minus := make([]byte, 8)
		o.PutUint64(minus, 1<<64-3600)
		b.iface(1, 0, b.option(optTSOffset, string(minus))).enhanced(0, 7200e6, "x", 1, "")
		got, err := read(&b.Buffer, "x")
		if err != nil || len(got) != 1 || !got[0].Time.Equal(time.Unix(3600, 0)) {
			t.Errorf("%v, %v", got, err)
		}
	})
}
