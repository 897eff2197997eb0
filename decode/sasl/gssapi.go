package sasl

import (
	"bytes"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"strings"
)

// The object identifiers of GSS-API mechanisms, as in the tokens.
var (
	oidKerberos = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02}
	oidSPNEGO   = []byte{0x2b, 0x06, 0x01, 0x05, 0x05, 0x02}
	oidNTLM     = []byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a}
)

// Token identifiers of Kerberos 5, the first two bytes of a token, or after its object
// identifier.
const (
	tokAPREQ   = 0x0100
	tokAPREP   = 0x0200
	tokError   = 0x0300
	tokWrapOld = 0x0201
	tokWrap    = 0x0504
)

// gssResponse reads a message of the client (RFC 4752, section 3.1).
func gssResponse(x *Exchange, b []byte) {
	if len(b) == 0 {
		x.stage(x.r.Step, "an empty response: the context is complete")
		x.seals = x.challenges > 0
		return
	}
	k := readGSS(b)
	if data, ok := k.sealed(); k.wraps() {
		x.stage(x.r.Step+1, "the security layer and the identity to act as")
		x.gssChoice(data, ok)
		return
	}
	x.stage(x.r.Step+1, "the client's token"+k.describe())
	x.gssTicket(k)
}

// gssChallenge reads a message of the server (RFC 4752, section 3.2).
func gssChallenge(x *Exchange, b []byte) {
	if len(b) == 0 {
		x.stage(x.r.Step, "the server is ready")
		return
	}
	k := readGSS(b)
	if data, ok := k.sealed(); k.wraps() {
		x.stage(x.r.Step+1, "the security layers of the server")
		x.gssOffer(data, ok)
		return
	}
	x.stage(x.r.Step+1, "the server's token"+k.describe())
	if k.id == tokError {
		x.gssError(k.body)
	}
}

// gssOffer reads what is in the server's last token: a bit for each security layer, and the
// greatest size of a message, 24 bits.
func (x *Exchange) gssOffer(data []byte, ok bool) {
	x.seals = true
	if !ok || len(data) < 4 {
		x.fault("the server's security layers cannot be read")
		return
	}
	x.r.Layer = "offered: " + gssLayers(data[0], size24(data))
}

// gssChoice reads what is in the client's last token: one layer, the greatest size, and the
// identity to act as, if any.
func (x *Exchange) gssChoice(data []byte, ok bool) {
	if !ok || len(data) < 4 {
		x.fault("the client's security layer cannot be read")
		return
	}
	x.r.Layer = gssLayers(data[0], size24(data))
	if bits := data[0] & 7; bits&(bits-1) != 0 || bits == 0 {
		x.fault("the client did not choose exactly one security layer")
	}
	if as := bytes.TrimRight(data[4:], "\x00"); len(as) > 0 {
		x.set(&x.r.Authorization, as)
	}
}

func size24(b []byte) int { return int(binary.BigEndian.Uint32(b) & 0xffffff) }

// gssLayers returns the security layers of a bit mask (RFC 4752, section 3.3).
func gssLayers(bits byte, size int) string {
	var out []string
	for i, name := range [...]string{"none", "integrity", "encryption"} {
		if bits&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return fmt.Sprintf("%s, at most %d bytes", strings.Join(out, " or "), size)
}

// gssToken is a token of GSS-API.
type gssToken struct {
	mech []byte // the object identifier in its frame, if it has one
	id   uint16 // Kerberos's token identifier
	body []byte // what follows the identifier
}

// readGSS reads the frame of a token: [APPLICATION 0] with an object identifier, or none.
func readGSS(b []byte) gssToken {
	k := gssToken{body: b}
	var outer, oid asn1.RawValue
	if rest, err := asn1.Unmarshal(b, &outer); err == nil && outer.Class == asn1.ClassApplication && outer.Tag == 0 && len(rest) == 0 {
		if after, err := asn1.Unmarshal(outer.Bytes, &oid); err == nil && oid.Class == asn1.ClassUniversal && oid.Tag == asn1.TagOID {
			k.mech, k.body = oid.Bytes, after
		}
	}
	if k.mech == nil || bytes.Equal(k.mech, oidKerberos) {
		if len(k.body) >= 2 {
			k.id, k.body = binary.BigEndian.Uint16(k.body), k.body[2:]
		}
	}
	return k
}

// describe returns what the token is, as far as it shows.
func (k *gssToken) describe() string {
	switch {
	case bytes.Equal(k.mech, oidSPNEGO):
		return ": SPNEGO"
	case bytes.Equal(k.mech, oidNTLM):
		return ": NTLM"
	case k.mech != nil && !bytes.Equal(k.mech, oidKerberos):
		return ": another mechanism of GSS-API"
	}
	switch k.id {
	case tokAPREQ:
		return ": Kerberos 5, a ticket (AP-REQ)"
	case tokAPREP:
		return ": Kerberos 5, the server's proof (AP-REP)"
	case tokError:
		return ": Kerberos 5, an error (KRB-ERROR)"
	}
	return ""
}

// wraps reports whether the token is a wrapped message.
func (k *gssToken) wraps() bool { return k.id == tokWrap || k.id == tokWrapOld && k.mech != nil }

// sealed returns the wrapped message; it reports false if it is encrypted or cut. RFC 4752
// has it protected against changes, not encrypted.
func (k *gssToken) sealed() ([]byte, bool) {
	b := k.body
	switch {
	case k.id == tokWrap && len(b) >= 14:
		// Flags, a filler, the length of the checksum, how far it is rotated, a number.
		sum, turned := int(binary.BigEndian.Uint16(b[2:])), int(binary.BigEndian.Uint16(b[4:]))
		flags, b := b[0], b[14:]
		if flags&2 != 0 || len(b) == 0 || sum > len(b) {
			return nil, false
		}
		turned %= len(b)
		b = append(bytes.Clone(b[turned:]), b[:turned]...)
		return b[:len(b)-sum], true
	case k.id == tokWrapOld && k.mech != nil && len(b) > 30 && b[2] == 0xff && b[3] == 0xff:
		// Algorithms, a filler, a number, a checksum, eight random bytes, and padding whose
		// last byte is its length.
		b = b[30:]
		pad := int(b[len(b)-1])
		if pad == 0 || pad > len(b) {
			return nil, false
		}
		return b[:len(b)-pad], true
	}
	return nil, false
}

// gssTicket reads the part of a Kerberos ticket that is not encrypted: the realm and the
// service that it is for.
func (x *Exchange) gssTicket(k gssToken) {
	if k.id != tokAPREQ {
		return
	}
	ticket := inside(field(inside(k.body), 3)) // [APPLICATION 14] { … ticket[3] [APPLICATION 1]
	if ticket == nil {
		return
	}
	x.set(&x.r.Realm, contentOf(field(ticket, 1)))
	names := contentOf(field(contentOf(field(ticket, 2)), 1))
	var parts []string
	for len(names) > 0 && len(parts) < 4 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(names, &v)
		if err != nil {
			return
		}
		parts, names = append(parts, string(v.Bytes)), rest
	}
	if len(parts) > 1 {
		x.set(&x.r.Host, []byte(parts[1]))
	}
}

// gssError reads the code and the text of a KRB-ERROR.
func (x *Exchange) gssError(b []byte) {
	seq := inside(b)
	code := contentOf(field(seq, 6))
	if len(code) == 0 || len(code) > 4 {
		return
	}
	n := 0
	for _, c := range code {
		n = n<<8 | int(c)
	}
	x.r.Error = fmt.Sprintf("Kerberos error %d", n)
	var text string
	if x.set(&text, contentOf(field(seq, 11))) && text != "" {
		x.r.Error += ": " + text
	}
}

// inside returns the content of the sequence within an [APPLICATION] value, or nil.
func inside(b []byte) []byte {
	var v asn1.RawValue
	if _, err := asn1.Unmarshal(b, &v); err != nil || v.Class != asn1.ClassApplication {
		return nil
	}
	return contentOf(v.Bytes)
}

// contentOf returns the content of the value at the beginning of b, or nil.
func contentOf(b []byte) []byte {
	var v asn1.RawValue
	if _, err := asn1.Unmarshal(b, &v); err != nil {
		return nil
	}
	return v.Bytes
}

// field returns the content of the field with a context-specific tag, or nil.
func field(seq []byte, tag int) []byte {
	for len(seq) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(seq, &v)
		if err != nil {
			return nil
		}
		if v.Class == asn1.ClassContextSpecific && v.Tag == tag {
			return v.Bytes
		}
		seq = rest
	}
	return nil
}
