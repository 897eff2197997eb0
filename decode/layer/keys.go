package layer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"imapscope/capture"
)

// MaxSessions is how many TLS sessions a Keys holds. Beyond it the oldest is forgotten.
const MaxSessions = 1 << 16

// maxKeyLine bounds a key log line; a longer one is bad.
const maxKeyLine = 4 << 10

// Keys holds the secrets of TLS sessions, by client random. It is not for concurrent use.
// The zero Keys is empty.
type Keys struct {
	sessions sessionTable[[32]byte, session]
	rsa      sessionTable[[8]byte, secret] // premaster secrets by their encrypted form
	origins  sessionTable[origin, [32]byte]
	rest     []byte // an unfinished line
	tooLong  bool   // rest is a line over maxKeyLine, and not kept
	waiting  int64  // bytes of all connections that wait for keys
}

// session holds what a key log has for one client random.
type session [kinds]secret

// secretKind is which secret of a session a key log line holds.
type secretKind uint8

const (
	masterSecret secretKind = iota // of TLS 1.2 and before
	clientHandshake
	serverHandshake
	clientTraffic
	serverTraffic
	kinds
)

// keyLabel returns the kind of secret that a label announces, if it is one that is used.
// Other labels are valid, and ignored.
func keyLabel(label []byte) (secretKind, bool) {
	switch string(label) {
	case "CLIENT_RANDOM":
		return masterSecret, true
	case "CLIENT_HANDSHAKE_TRAFFIC_SECRET":
		return clientHandshake, true
	case "SERVER_HANDSHAKE_TRAFFIC_SECRET":
		return serverHandshake, true
	case "CLIENT_TRAFFIC_SECRET_0":
		return clientTraffic, true
	case "SERVER_TRAFFIC_SECRET_0":
		return serverTraffic, true
	}
	return 0, false
}

// secret is a secret of up to 48 bytes: a master secret or a hash of SHA-384.
type secret struct {
	n uint8
	b [48]byte
}

func (s *secret) bytes() []byte { return s.b[:s.n] }

// Add reads key log lines as SSLKEYLOGFILE and Decryption Secrets Blocks hold them. It
// returns how many secrets it holds more, and how many lines are no key log lines.
// Comments and empty lines are neither. An unfinished last line is kept for the next call,
// so that a growing file can be read in any pieces. See AddBlock.
func (k *Keys) Add(text []byte) (added, bad int) {
	for {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			k.keep(text)
			return added, bad
		}
		k.keep(text[:end])
		a, b := k.line()
		added, bad = added+a, bad+b
		text = text[end+1:]
	}
}

// AddBlock is Add for text that is complete, as that of a Decryption Secrets Block is: its
// last line needs no line feed.
func (k *Keys) AddBlock(text []byte) (added, bad int) {
	a0, b0 := k.line() // what an Add left
	a1, b1 := k.Add(text)
	a2, b2 := k.line()
	return a0 + a1 + a2, b0 + b1 + b2
}

// keep appends to the unfinished line.
func (k *Keys) keep(p []byte) {
	if k.tooLong || len(k.rest)+len(p) > maxKeyLine {
		k.rest, k.tooLong = k.rest[:0], true
		return
	}
	k.rest = append(k.rest, p...)
}

// line ends the unfinished line and reads it.
func (k *Keys) line() (added, bad int) {
	tooLong := k.tooLong
	line := k.rest
	k.rest, k.tooLong = k.rest[:0], false
	if tooLong {
		return 0, 1
	}
	line = bytes.TrimSpace(line)
	if len(line) == 0 || line[0] == '#' {
		return 0, 0
	}
	isNew, ok := k.parse(line)
	if !ok {
		return 0, 1
	}
	if isNew {
		return 1, 0
	}
	return 0, 0
}

// parse reads a line of a label and two hexadecimal numbers. It reports whether the line
// had a secret that was not known, and whether it is a key log line.
func (k *Keys) parse(line []byte) (isNew, ok bool) {
	fields := bytes.Fields(line)
	if len(fields) != 3 || !isLabel(fields[0]) {
		return false, false
	}
	id, ok1 := unhex(fields[1])
	value, ok2 := unhex(fields[2])
	if !ok1 || !ok2 {
		return false, false
	}
	if string(fields[0]) == "RSA" {
		return k.addRSA(id, value)
	}
	kind, known := keyLabel(fields[0])
	if !known {
		return false, true
	}
	if len(id) != 32 || len(value) != 48 && (len(value) != 32 || kind == masterSecret) {
		return false, false
	}
	s := k.sessions.insert([32]byte(id))
	return s[kind].set(value), true
}

func (k *Keys) addRSA(id, premaster []byte) (isNew, ok bool) {
	if len(id) != 8 || len(premaster) != 48 {
		return false, false
	}
	return k.rsa.insert([8]byte(id)).set(premaster), true
}

// set sets the secret and reports whether there was none.
func (s *secret) set(value []byte) bool {
	isNew := s.n == 0
	s.n = uint8(copy(s.b[:], value))
	return isNew
}

// traffic returns a secret of a session, or nil.
func (k *Keys) traffic(random [32]byte, kind secretKind) []byte {
	if k == nil {
		return nil
	}
	if s := k.sessions.rows[random]; s != nil && s[kind].n > 0 {
		return s[kind].bytes()
	}
	return nil
}

// handshakeSecret and trafficSecret return the secret that one side of a TLS 1.3 session
// sends with, or nil.
func (k *Keys) handshakeSecret(random [32]byte, dir capture.Direction) []byte {
	return k.traffic(random, clientHandshake+secretKind(dir))
}

func (k *Keys) trafficSecret(random [32]byte, dir capture.Direction) []byte {
	return k.traffic(random, clientTraffic+secretKind(dir))
}

// premaster returns the premaster secret whose encrypted form begins with id, or nil.
func (k *Keys) premaster(id [8]byte) []byte {
	if k == nil {
		return nil
	}
	if s := k.rsa.rows[id]; s != nil {
		return s.bytes()
	}
	return nil
}

// origin is what a client shows to resume a session of TLS 1.2 or before, a session ID or
// ticket, as its hash. The zero origin is none. A program may log a master secret only when
// it was made, so the sessions that use it again are led back to the first.
type origin [sha256.Size]byte

func originOf(p []byte) origin {
	if len(p) == 0 {
		return origin{}
	}
	return sha256.Sum256(p)
}

// remember records which session, by its client random, can be resumed with what the server
// assigned.
func (k *Keys) remember(o origin, random [32]byte) {
	if k != nil && o != (origin{}) {
		*k.origins.insert(o) = random
	}
}

// first returns the client random of the session that a handshake resumes; its own if it
// resumes none.
func (k *Keys) first(hs *handshake) [32]byte {
	if k == nil || hs.done {
		return hs.clientRandom
	}
	for _, o := range []origin{hs.ticket, hs.sessionID} {
		if r := k.origins.rows[o]; r != nil {
			return *r
		}
	}
	return hs.clientRandom
}

// isLabel reports whether b can be the label of a line, known or not.
func isLabel(b []byte) bool {
	for _, c := range b {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

func unhex(b []byte) ([]byte, bool) {
	out := make([]byte, hex.DecodedLen(len(b)))
	_, err := hex.Decode(out, b)
	return out, err == nil
}

// sessionTable is a map of at most MaxSessions rows, which forgets the oldest. The zero
// table is empty.
type sessionTable[K comparable, V any] struct {
	rows  map[K]*V
	order []K // a ring once it is full
	next  int // the oldest of a full ring
}

// insert returns the row of a key, a new one if there is none.
func (t *sessionTable[K, V]) insert(key K) *V {
	if v := t.rows[key]; v != nil {
		return v
	}
	if t.rows == nil {
		t.rows = map[K]*V{}
	}
	if len(t.order) < MaxSessions {
		t.order = append(t.order, key)
	} else {
		delete(t.rows, t.order[t.next])
		t.order[t.next] = key
		t.next = (t.next + 1) % MaxSessions
	}
	v := new(V)
	t.rows[key] = v
	return v
}
