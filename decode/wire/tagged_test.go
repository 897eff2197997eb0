package wire_test

import (
	"testing"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// TestIsTaggedData checks what of IMAP3's tagged lines is data (RFC 1203, p. 9).
func TestIsTaggedData(t *testing.T) {
	for line, want := range map[string]bool{
		"a5 16 EXISTS\r\n":               true,
		"a5 16 Fetch (RFC822 {5}\r\n":    true,
		"a5 FLAGS (\\Seen)\r\n":          true,
		"a5 READONLY\r\n":                true,
		"a5 BYE bye\r\n":                 true,
		"a5 OK done\r\n":                 false,
		"a5 NO no\r\n":                   false,
		"a5 BAD what\r\n":                false,
		"a5 Expunge complete\r\n":        false, // RFC 1176, p. 9
		"a5 8 Messages deleted\r\n":      false,
		"a5 16 FLAGS\r\n":                false,
		"a1 Supported Versions returned": false,
		"* 16 EXISTS\r\n":                false,
		"+ 16 EXISTS\r\n":                false,
		" 16 EXISTS\r\n":                 false,
		"a5":                             false,
		"a5 ":                            false,
		"a5 16":                          false,
		"":                               false,
	} {
		if got := wire.IsTaggedData([]byte(line), protocol.Words{}); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
	if wire.IsTaggedData([]byte("a5 16 EXISTS"), nil) {
		t.Error("data without a vocabulary")
	}
}
