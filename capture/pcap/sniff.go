package pcap

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"
)

// convert is the hint for a capture in a format that is not supported.
const convert = "convert it with: editcap -F pcap IN OUT.pcap"

// openFormat chooses the format by the first bytes in memory and reads its
// header.
func openFormat(in *input) (format, error) {
	head := in.rest()
	if len(head) < 4 {
		return nil, stranger(in)
	}
	for _, big := range []bool{false, true} {
		o := order{big}
		switch o.u32(head) {
		case magicMicro:
			return openPcap(in, o, 1000)
		case magicNano:
			return openPcap(in, o, 1)
		case blockSection:
			return openNG(in)
		}
	}
	return nil, stranger(in)
}

// isCapture reports whether a file begins as a format that is read here.
func isCapture(head []byte) bool {
	for _, big := range []bool{false, true} {
		if len(head) >= 4 && slices.Contains([]uint32{magicMicro, magicNano, blockSection}, order{big}.u32(head)) {
			return true
		}
	}
	return false
}

// stranger returns the error about a file that is no capture.
func stranger(in *input) error {
	head := in.rest()
	if len(head) < 4 {
		return in.fail(fmt.Sprintf("not a capture: %d bytes", len(head)), "", ErrForeign)
	}
	_ = in.need(strangerHead)
	head = in.rest()
	for _, s := range strangers {
		if bytes.HasPrefix(head, []byte(s.magic)) {
			return in.fail("not a pcap or pcapng file: "+s.what, s.hint, ErrForeign)
		}
	}
	switch {
	case isText(head) && in.logHint != "":
		return in.fail("not a capture, and no log that is known: text", in.logHint, ErrForeign)
	case isText(head):
		return in.fail("not a capture: text", captureHint, ErrForeign)
	}
	return in.fail(fmt.Sprintf("not a pcap or pcapng file: it begins % x", head[:min(len(head), 8)]),
		"if it is a capture, "+convert, ErrForeign)
}

// strangerHead is how many bytes are enough to recognise another format.
const strangerHead = 16

const (
	captureHint = "a capture is what tcpdump -w writes"
	unpackHint  = "unpack it, and read it from standard input (-)"
)

// strangers lists files that users mistake for captures, by their first bytes.
var strangers = [...]struct{ magic, what, hint string }{
	{"\xa1\xb2\xcd\x34", "a \"modified\" pcap file (Kuznetzov's), whose records differ", convert},
	{"\x34\xcd\xb2\xa1", "a \"modified\" pcap file (Kuznetzov's), whose records differ", convert},
	{"\xa1\xb2\x34\xcd", "a variant of pcap (Mesquita's), whose records differ", convert},
	{"\xcd\x34\xb2\xa1", "a variant of pcap (Mesquita's), whose records differ", convert},
	{"\xa1\x2b\x3c\x4d", "a variant of pcap (NavTel's), whose records differ", convert},
	{"\x4d\x3c\x2b\xa1", "a variant of pcap (NavTel's), whose records differ", convert},
	{"\x1c\x00\x01\xab", "a variant of pcap (Ixia's), whose records differ", convert},
	{"\x1c\x00\x01\xac", "a variant of pcap (Ixia's), whose records differ", convert},
	{"\xab\x01\x00\x1c", "a variant of pcap (Ixia's), whose records differ", convert},
	{"\xac\x01\x00\x1c", "a variant of pcap (Ixia's), whose records differ", convert},
	{"snoop\x00\x00\x00", "a snoop file", convert},
	{"btsnoop\x00", "a Bluetooth snoop file", "there is no IMAP in it"},
	{"RTSS", "a Microsoft Network Monitor file", convert},
	{"GMBU", "a Microsoft Network Monitor file", convert},
	{"TRSNIFF data", "a Sniffer file", convert},
	{"XCP\x00", "a NetXRay or Sniffer file", convert},
	{"\x00\x00\x02\x00\x12\x05\x00\x10", "a K12 file", convert},
	{"iptrace 1.0", "an AIX iptrace file", convert},
	{"iptrace 2.0", "an AIX iptrace file", convert},
	{"\xaa\xaa\xaa\xaa", "a 5View file", convert},
	{"ObserverPktBuffe", "an Observer file", convert},
	{"\x05VNF", "a Visual Networks file", convert},
	{"\xfd7zXZ\x00", "xz", unpackHint},
	{"BZh", "bzip2", unpackHint},
	{"\x04\x22\x4d\x18", "lz4", unpackHint},
	{"\x1f\x9d", "compress (.Z)", unpackHint},
	{"PK\x03\x04", "a ZIP archive", "unpack it"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it"},
	{"HTTP/", "an HTTP response", "download it again"},
	{"<!DOCTYPE", "an HTML page", "download it again"},
	{"<!doctype", "an HTML page", "download it again"},
	{"<html", "an HTML page", "download it again"},
	{"* OK ", "an IMAP session as text", captureHint},
	{"* PREAUTH ", "an IMAP session as text", captureHint},
	{"version https://git-lfs", "a Git LFS pointer", "fetch it with: git lfs pull"},
	{"\x7fELF", "a program", captureHint},
	{"%PDF", "a PDF file", captureHint},
	{"\x00\x00\x00\x00\x00\x00\x00\x00", "zeros", "the disk was full, or it was not written yet"},
}

// isText reports whether all bytes seen are text. The last character may be
// truncated.
func isText(head []byte) bool {
	head = head[:min(len(head), 512)]
	for i := 0; i < len(head); {
		c, size := utf8.DecodeRune(head[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			return len(head)-i < utf8.UTFMax && i > 0
		case c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f', c == 0x7f:
			return false
		}
		i += size
	}
	return true
}
