package tls

import "fmt"

// Mode is how a leg gets its TLS.
type Mode uint8

const (
	// Plain is without TLS.
	Plain Mode = iota
	// StartTLS begins in plaintext: on the client's leg it is offered and may be
	// left, on the upstream's it is demanded (RFC 3501, 6.2.1).
	StartTLS
	// Implicit is TLS from the first octet on (RFC 8314, 3.2).
	Implicit
)

// String is the word that ParseMode takes.
func (m Mode) String() string {
	if int(m) < len(modes()) {
		return modes()[m]
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}

// ParseMode reads plain, starttls or implicit.
func ParseMode(s string) (Mode, error) {
	for m, word := range modes() {
		if s == word {
			return Mode(m), nil
		}
	}
	return Plain, fmt.Errorf("unknown TLS mode %q: it is plain, starttls or implicit", s)
}

func modes() []string { return []string{"plain", "starttls", "implicit"} }
