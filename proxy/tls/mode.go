package tls

import "fmt"

// Mode is how a leg gets its TLS.
type Mode uint8

const (
	// Plain means no TLS.
	Plain Mode = iota
	// StartTLS begins in plaintext: on the client's leg STARTTLS is offered and optional,
	// on the upstream's it is required (RFC 3501, 6.2.1).
	StartTLS
	// Implicit is TLS from the first byte (RFC 8314, 3.2).
	Implicit
)

// String returns the name that ParseMode accepts.
func (m Mode) String() string {
	if int(m) < len(modes()) {
		return modes()[m]
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}

// ParseMode parses plain, starttls or implicit.
func ParseMode(s string) (Mode, error) {
	for m, word := range modes() {
		if s == word {
			return Mode(m), nil
		}
	}
	return Plain, fmt.Errorf("unknown TLS mode %q: want plain, starttls or implicit", s)
}

func modes() []string { return []string{"plain", "starttls", "implicit"} }
