package layer

import "time"

// Facts are what is known of a TLS session, from its handshake. Strings come off the wire.
type Facts struct {
	Version string    // "TLS 1.3"; "" until the ServerHello
	Suite   string    // "TLS_AES_128_GCM_SHA256"
	SNI     string    // the server name that the client asked for
	ALPN    string    // the protocol that the server chose, else the first that the client offered
	Names   []string  // of the server's certificate, if it was sent in the clear or was opened
	Offered string    // the latest version that the client offers: "TLS 1.3"
	From    time.Time // the server's certificate is valid from here
	Until   time.Time // to here; zero if it was not seen
	Resumed bool
	Early   bool // the client sent 0-RTT data
	// Opened reports whether records were decrypted.
	Opened bool
	// Records counts records by direction; Failed those that failed their authentication.
	Records [2]int
	Failed  int
	// Alert is the last alert that could be read: "server: handshake_failure".
	Alert string
	// KeyIDs are the second words of the key log lines that are about the session, in lower
	// case: its client random, that of the session which it resumes, and the beginning of the
	// encrypted premaster secret.
	KeyIDs []string
}
