package layer

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/x509"
	"hash"

	"golang.org/x/crypto/cryptobyte"
)

// Limits of what Facts holds.
const (
	maxNames = 16  // further names of a certificate are left out
	maxName  = 255 // bytes; a longer name is cut
)

// handshake is what one handshake negotiated so far. A renegotiation has its own.
type handshake struct {
	client, server             bool // that side's hello was seen
	clientRandom, serverRandom [32]byte
	sessionID, ticket          origin // what the client wants to resume
	version                    uint16
	suiteID                    uint16
	suite                      *tlsSuite // nil if it is unknown
	compressed                 bool
	encryptFirst               bool
	extendedMaster             bool
	early                      bool // the client offered 0-RTT data
	done                       bool // the server's part of a full handshake of TLS 1.2 ended
	exchanged                  bool // premasterID is set
	premasterID                [8]byte
	transcript                 *transcript // nil if part of it is missing
}

// The extensions that matter here (RFC 8446, section 4.2).
const (
	extServerName        = 0
	extALPN              = 16
	extEncryptThenMAC    = 22
	extExtendedMaster    = 23
	extSessionTicket     = 35
	extPreSharedKey      = 41
	extEarlyData         = 42
	extSupportedVersions = 43
)

// helloRetry is the random of a ServerHello that is a HelloRetryRequest (RFC 8446, section
// 4.1.3): the SHA-256 of "HelloRetryRequest".
var helloRetry = [32]byte{
	0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
	0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
}

// readClientHello reads a ClientHello (RFC 8446, section 4.1.2), and reports whether it is
// well formed. The random in front is enough to find its secrets.
func (t *TLS) readClientHello(body cryptobyte.String) bool {
	hs := &handshake{client: true, transcript: &transcript{}}
	var version uint16
	var random, id, suites, methods []byte
	if !body.ReadUint16(&version) || !body.ReadBytes(&random, 32) {
		return false
	}
	hs.clientRandom = [32]byte(random)
	t.hello = hs
	if !body.ReadUint8LengthPrefixed((*cryptobyte.String)(&id)) ||
		!body.ReadUint16LengthPrefixed((*cryptobyte.String)(&suites)) ||
		!body.ReadUint8LengthPrefixed((*cryptobyte.String)(&methods)) {
		return false
	}
	hs.sessionID = originOf(id)
	t.facts.Offered = versionName(version)
	return eachExtension(body, func(id uint16, data cryptobyte.String) {
		switch id {
		case extSupportedVersions:
			t.facts.Offered = latestVersion(data, version)
		case extServerName:
			t.facts.SNI = serverName(data)
		case extALPN:
			t.facts.ALPN = firstALPN(data)
		case extEarlyData:
			hs.early = true
		case extSessionTicket:
			hs.ticket = originOf(data)
		}
	})
}

// readServerHello reads a ServerHello or HelloRetryRequest (RFC 8446, section 4.1.3).
func (t *TLS) readServerHello(body cryptobyte.String) (retry, ok bool) {
	hs := t.hello
	if hs == nil || hs.server {
		hs = &handshake{} // the ClientHello is missing
	}
	var version, suite uint16
	var method uint8
	var random, id []byte
	if !body.ReadUint16(&version) || !body.ReadBytes(&random, 32) ||
		!body.ReadUint8LengthPrefixed((*cryptobyte.String)(&id)) ||
		!body.ReadUint16(&suite) || !body.ReadUint8(&method) {
		return false, false
	}
	hs.serverRandom = [32]byte(random)
	sameID, psk := len(id) > 0 && originOf(id) == hs.sessionID, false
	ok = eachExtension(body, func(id uint16, data cryptobyte.String) {
		switch id {
		case extSupportedVersions:
			data.ReadUint16(&version)
		case extPreSharedKey:
			psk = true
		case extEncryptThenMAC:
			hs.encryptFirst = true
		case extExtendedMaster:
			hs.extendedMaster = true
		case extALPN:
			t.facts.ALPN = firstALPN(data)
		}
	})
	if suite>>8 == 0x13 { // there are none before TLS 1.3, even if the extension is lost
		version = version13
	}
	hs.version, hs.suiteID, hs.suite, hs.compressed = version, suite, suiteByID(suite), method != 0
	t.facts.Version, t.facts.Suite = versionName(version), suiteName(suite)
	t.hello = hs
	if hs.serverRandom == helloRetry {
		return true, ok
	}
	hs.server = true
	if !sameID { // a full handshake, which the ID is assigned to
		t.keys.remember(originOf(id), hs.clientRandom)
	}
	t.facts.Resumed = psk || sameID && version < version13 // 1.3 echoes the ID always
	return false, ok
}

// eachExtension calls f with each extension of a list that may be absent. It reports
// whether the list is well formed.
func eachExtension(body cryptobyte.String, f func(id uint16, data cryptobyte.String)) bool {
	if body.Empty() {
		return true
	}
	var list, data cryptobyte.String
	if !body.ReadUint16LengthPrefixed(&list) {
		return false
	}
	for !list.Empty() {
		var id uint16
		if !list.ReadUint16(&id) || !list.ReadUint16LengthPrefixed(&data) {
			return false
		}
		f(id, data)
	}
	return true
}

// serverName returns the host name of a server_name extension (RFC 6066, section 3).
func serverName(data cryptobyte.String) string {
	var list, name cryptobyte.String
	var kind uint8
	if !data.ReadUint16LengthPrefixed(&list) {
		return ""
	}
	for list.ReadUint8(&kind) && list.ReadUint16LengthPrefixed(&name) {
		if kind == 0 {
			return cutName(string(name))
		}
	}
	return ""
}

// firstALPN returns the first protocol of a list: the server's has only one.
func firstALPN(data cryptobyte.String) string {
	var list, name cryptobyte.String
	if !data.ReadUint16LengthPrefixed(&list) || !list.ReadUint8LengthPrefixed(&name) {
		return ""
	}
	return string(name)
}

func cutName(s string) string { return s[:min(len(s), maxName)] }

// readEncryptedExtensions reads EncryptedExtensions (RFC 8446, section 4.3.1).
func (t *TLS) readEncryptedExtensions(body cryptobyte.String) bool {
	return eachExtension(body, func(id uint16, data cryptobyte.String) {
		if id == extALPN {
			t.facts.ALPN = firstALPN(data)
		}
	})
}

// readCertificate reads the server's Certificate: in TLS 1.3 (RFC 8446, section 4.4.2) a
// context comes first; then a list, the server's own certificate first.
func (t *TLS) readCertificate(body cryptobyte.String) bool {
	var context, list, der cryptobyte.String
	if t.hello != nil && t.hello.version >= version13 && !body.ReadUint8LengthPrefixed(&context) {
		return false
	}
	if !body.ReadUint24LengthPrefixed(&list) || !list.ReadUint24LengthPrefixed(&der) {
		return false
	}
	if c, err := x509.ParseCertificate(der); err == nil {
		t.facts.Names, t.facts.From, t.facts.Until = certificateNames(c), c.NotBefore, c.NotAfter
	}
	return true
}

// latestVersion returns the latest version that a client lists (RFC 8446, section 4.2.1). The
// two bytes of what is no version, to keep servers tolerant, are alike (RFC 8701).
func latestVersion(data cryptobyte.String, version uint16) string {
	var list cryptobyte.String
	if !data.ReadUint8LengthPrefixed(&list) {
		return versionName(version)
	}
	for v := uint16(0); list.ReadUint16(&v); {
		if v>>8 == version13>>8 {
			version = max(version, v)
		}
	}
	return versionName(version)
}

// certificateNames returns the subject's common name and DNS names, each once.
func certificateNames(c *x509.Certificate) (names []string) {
	seen := map[string]bool{"": true}
	for _, name := range append([]string{c.Subject.CommonName}, c.DNSNames...) {
		name = cutName(name)
		if !seen[name] && len(names) < maxNames {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// readTicket reads a NewSessionTicket of TLS 1.2: a lifetime, and what the client will show
// to resume the session. That of TLS 1.3 leads to other secrets.
func (t *TLS) readTicket(body cryptobyte.String) bool {
	var lifetime uint32
	var ticket cryptobyte.String
	if t.hello == nil || t.hello.version >= version13 {
		return true
	}
	if !body.ReadUint32(&lifetime) || !body.ReadUint16LengthPrefixed(&ticket) {
		return false
	}
	t.keys.remember(originOf(ticket), t.keys.first(t.hello))
	return true
}

// readKeyExchange keeps what the RSA lines of key logs are found by: the beginning of the
// encrypted premaster secret (RFC 5246, section 7.4.7.1).
func (t *TLS) readKeyExchange(body cryptobyte.String) bool {
	hs := t.hello
	if hs == nil || hs.suite == nil || !hs.suite.rsa {
		return true
	}
	var encrypted cryptobyte.String
	if !body.ReadUint16LengthPrefixed(&encrypted) || len(encrypted) < 8 {
		return false
	}
	hs.premasterID, hs.exchanged = [8]byte(encrypted), true
	return true
}

// transcript is the hash of the handshake's messages up to the ClientKeyExchange, which an
// extended master secret is derived from. Only suites with RSA need it, and only the
// ServerHello says which hash and whether.
type transcript struct {
	hello  []byte
	hashes []hash.Hash
	closed bool
}

// transcribe adds a message to the transcript of the handshake in progress.
func (t *TLS) transcribe(kind uint8, message []byte) {
	hs := t.hello
	if hs == nil || hs.transcript == nil || hs.transcript.closed || kind == msgHelloRequest {
		return
	}
	tr := hs.transcript
	if !hs.server && len(tr.hello)+len(message) <= maxMessage {
		tr.hello = append(tr.hello, message...)
		return
	}
	if !hs.server || hs.suite == nil || !hs.suite.rsa {
		tr.closed, tr.hello = true, nil
		return
	}
	if tr.hashes == nil {
		tr.hashes = []hash.Hash{md5.New(), sha1.New()}
		if hs.version >= version12 {
			tr.hashes = []hash.Hash{hs.suite.hash()}
		}
		tr.write(tr.hello)
		tr.hello = nil
	}
	tr.write(message)
	tr.closed = kind == msgKeyExchange
}

func (tr *transcript) write(p []byte) {
	for _, h := range tr.hashes {
		h.Write(p)
	}
}

func (tr *transcript) sum() (sum []byte) {
	for _, h := range tr.hashes {
		sum = h.Sum(sum)
	}
	return sum
}

// breakTranscript records that a handshake message is missing.
func (t *TLS) breakTranscript() {
	if t.hello != nil && t.hello.transcript != nil && !t.hello.transcript.closed {
		t.hello.transcript = nil
	}
}
