package sasl

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// NTLM is Microsoft's ([MS-NLMP]); no RFC defines it. A message begins with "NTLMSSP", a NUL
// and its type, 32 bits in little-endian order like every number in it. A text or a hash is
// described by its length, its room (16 bits each) and where in the message it is (32 bits).
var ntlmSignature = []byte("NTLMSSP\x00")

// Places in the messages of NTLM.
const (
	ntlmFlags1, ntlmDomain1, ntlmWorkstation1 = 12, 16, 24
	ntlmTarget2, ntlmFlags2                   = 12, 20
	ntlmLM3, ntlmNT3, ntlmDomain3, ntlmUser3  = 12, 20, 28, 36
	ntlmWorkstation3, ntlmKey3, ntlmFlags3    = 44, 52, 60

	ntlmUnicode = 1 // a flag: texts are UTF-16
)

// ntlmStages are the messages by their type.
var ntlmStages = [...]string{1: "the client's abilities (type 1)", 2: "the server's challenge (type 2)", 3: "the identities and the hashes (type 3)"}

// ntlmChallenge reads a message of the server: type 2, or the empty one that lets the client
// begin.
func ntlmChallenge(x *Exchange, b []byte) {
	if len(b) == 0 && x.responses == 0 {
		x.stage(0, "the server is ready")
		return
	}
	x.ntlmMessage(b, 2)
}

// ntlmResponse reads a message of the client: type 1, then type 3.
func ntlmResponse(x *Exchange, b []byte) {
	if x.r.Step < 2 {
		x.ntlmMessage(b, 1)
		return
	}
	x.ntlmMessage(b, 3)
}

// ntlmMessage reads a message, given the type that is expected.
func (x *Exchange) ntlmMessage(b []byte, want uint32) {
	n := uint32(0)
	if bytes.HasPrefix(b, ntlmSignature) {
		n = uint32At(b, 8)
	}
	if n != want {
		x.stage(x.r.Step, "a message that is not NTLM's")
		x.fault("the message is not the one of NTLM that is expected")
		return
	}
	x.stage(int(n), ntlmStages[n])
	switch n {
	case 1:
		x.ntlmSet(&x.r.Realm, b, ntlmDomain1, false)
		x.ntlmSet(&x.r.Workstation, b, ntlmWorkstation1, false)
	case 2:
		x.ntlmSet(&x.r.Host, b, ntlmTarget2, uint32At(b, ntlmFlags2)&ntlmUnicode != 0)
	case 3:
		x.ntlmIdentities(b)
	}
}

// ntlmIdentities reads the domain, the user and the workstation of a message of type 3,
// unless one of them is where a hash is.
func (x *Exchange) ntlmIdentities(b []byte) {
	unicode := uint32At(b, ntlmFlags3)&ntlmUnicode != 0
	if len(b) < ntlmFlags3+4 {
		x.fault("the message is too short")
		return
	}
	for _, name := range [...]int{ntlmDomain3, ntlmUser3, ntlmWorkstation3} {
		for _, secret := range [...]int{ntlmLM3, ntlmNT3, ntlmKey3} {
			from, to, _ := ntlmPlace(b, name)
			start, end, _ := ntlmPlace(b, secret)
			if from < end && start < to {
				x.fault("a name is where a hash is")
				return
			}
		}
	}
	x.ntlmSet(&x.r.Realm, b, ntlmDomain3, unicode)
	x.ntlmSet(&x.r.Authentication, b, ntlmUser3, unicode)
	x.ntlmSet(&x.r.Workstation, b, ntlmWorkstation3, unicode)
}

// ntlmSet stores the text that is described at a place of a message, if there is any.
func (x *Exchange) ntlmSet(to *string, b []byte, at int, unicode bool) {
	from, end, ok := ntlmPlace(b, at)
	if !ok {
		x.fault("a name is outside the message")
		return
	}
	s := b[from:end]
	if unicode {
		units := make([]uint16, len(s)/2)
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(s[2*i:])
		}
		s = []byte(string(utf16.Decode(units)))
	}
	if len(s) > 0 {
		x.set(to, s)
	}
}

// ntlmPlace returns where the text or hash is that is described at a place of a message. What
// is not there is empty; it reports false if it is not within the message.
func ntlmPlace(b []byte, at int) (from, to int, ok bool) {
	if len(b) < at+8 {
		return 0, 0, true
	}
	n, off := int64(binary.LittleEndian.Uint16(b[at:])), int64(uint32At(b, at+4))
	if n == 0 {
		return 0, 0, true
	}
	if off+n > int64(len(b)) {
		return 0, 0, false
	}
	return int(off), int(off + n), true
}

// uint32At returns the number at a place of a message, 0 beyond its end.
func uint32At(b []byte, at int) uint32 {
	if len(b) < at+4 {
		return 0
	}
	return binary.LittleEndian.Uint32(b[at:])
}

// ntlmHeads are the lengths of the fixed parts of the messages, by their type, before what
// identifies a user or proves a password.
var ntlmHeads = [...]int{1: 32, 2: 24, 3: 64}

// BlankNTLM replaces the names, hashes and challenges in a message of NTLM: each character of
// them is an x. It reports whether b is one; else it is not changed.
func BlankNTLM(b []byte) bool {
	if !bytes.HasPrefix(b, ntlmSignature) {
		return false
	}
	n := uint32At(b, 8)
	if n == 0 || n >= uint32(len(ntlmHeads)) {
		return false
	}
	for i := min(ntlmHeads[n], len(b)); i < len(b); i++ {
		if b[i] = 'x'; n > 1 && i%2 == 1 {
			b[i] = 0 // of UTF-16
		}
	}
	return true
}
