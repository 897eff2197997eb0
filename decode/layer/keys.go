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

// Keys holds the secrets of TLS sessions, by client random. It is not for concurrent use; for
// connections that are opened at the same time there are SharedKeys. The zero Keys is empty.
type Keys struct {
	own    keyTables
	shared *SharedKeys // instead of own, if not nil
	turn   func()      // with shared
	blocks uint64      // that were read
}

// session holds what key logs have for one client random.
type session [kinds]*secret

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

// Add reads key log lines as SSLKEYLOGFILE and Decryption Secrets Blocks hold them. It
// returns how many secrets it holds more, and how many lines are no key log lines; for what
// other Keys that share its secrets have read already, zeros. Comments and empty lines are
// neither. An unfinished last line is kept for the next call, so that a growing file can be read
// in any pieces. See AddBlock.
func (k *Keys) Add(text []byte) (added, bad int) {
	k.read(func(t *keyTables) { added, bad = t.add(text) })
	return added, bad
}

// AddBlock is Add for text that is complete, as that of a Decryption Secrets Block is: its
// last line needs no line feed.
func (k *Keys) AddBlock(text []byte) (added, bad int) {
	k.read(func(t *keyTables) {
		a0, b0 := t.line() // what an Add left
		a1, b1 := t.add(text)
		a2, b2 := t.line()
		added, bad = a0+a1+a2, b0+b1+b2
	})
	return added, bad
}

// add reads lines, of which the last may be unfinished.
func (t *keyTables) add(text []byte) (added, bad int) {
	for {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			t.keep(text)
			return added, bad
		}
		t.keep(text[:end])
		a, b := t.line()
		added, bad = added+a, bad+b
		text = text[end+1:]
	}
}

// keep appends to the unfinished line.
func (t *keyTables) keep(p []byte) {
	if t.tooLong || len(t.rest)+len(p) > maxKeyLine {
		t.rest, t.tooLong = t.rest[:0], true
		return
	}
	t.rest = append(t.rest, p...)
}

// line ends the unfinished line and reads it.
func (t *keyTables) line() (added, bad int) {
	tooLong := t.tooLong
	line := t.rest
	t.rest, t.tooLong = t.rest[:0], false
	if tooLong {
		return 0, 1
	}
	line = bytes.TrimSpace(line)
	if len(line) == 0 || line[0] == '#' {
		return 0, 0
	}
	isNew, ok := t.parse(line)
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
func (t *keyTables) parse(line []byte) (isNew, ok bool) {
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
		return t.addRSA(id, value)
	}
	kind, known := keyLabel(fields[0])
	if !known {
		return false, true
	}
	if len(id) != 32 || len(value) != 48 && (len(value) != 32 || kind == masterSecret) {
		return false, false
	}
	s := t.sessions.insert([32]byte(id), t.blocks, t.oldest)
	return t.set(&s[kind], value), true
}

func (t *keyTables) addRSA(id, premaster []byte) (isNew, ok bool) {
	if len(id) != 8 || len(premaster) != 48 {
		return false, false
	}
	return t.set(t.rsa.insert([8]byte(id), t.blocks, t.oldest), premaster), true
}

// traffic returns a secret of a session, or nil. It does not change.
func (k *Keys) traffic(random [32]byte, kind secretKind) []byte {
	if k == nil {
		return nil
	}
	t := k.enter()
	defer k.leave()
	if s := t.sessions.find(random, k.blocks); s != nil {
		return s[kind].as(k.blocks)
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
	t := k.enter()
	defer k.leave()
	if s := t.rsa.find(id, k.blocks); s != nil {
		return (*s).as(k.blocks)
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
	if k == nil || o == (origin{}) {
		return
	}
	k.ordered()
	t := k.enter()
	defer k.leave()
	*t.origins.insert(o, 0, 0) = random
}

// first returns the client random of the session that a handshake resumes; its own if it
// resumes none, or has other secrets than that one, as since TLS 1.3.
func (k *Keys) first(hs *handshake) [32]byte {
	if k == nil || hs.done || hs.version == version13 || hs.ticket == (origin{}) && hs.sessionID == (origin{}) {
		return hs.clientRandom
	}
	k.ordered()
	t := k.enter()
	defer k.leave()
	for _, o := range []origin{hs.ticket, hs.sessionID} {
		if r := t.origins.rows[o]; r != nil {
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
