package layer

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"fmt"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"

	"imapscope/capture"
)

// encoder writes the traffic of a TLS connection, record by record, with whatever keys and
// options the test chooses.
type encoder struct {
	tape
	hs     *handshake
	master []byte     // of TLS 1.2 and before
	secret [2][]byte  // of TLS 1.3, in use
	sealer [2]sealing // nil in the clear
	seq    [2]uint64
	clock  byte // makes explicit IVs differ
}

// sealing protects the content of a record.
type sealing interface {
	seal(e *encoder, dir capture.Direction, kind byte, content []byte) []byte
}

// newEncoder returns an encoder for a version and suite, before its hellos.
func newEncoder(version, suite uint16) *encoder {
	hs := &handshake{client: true, server: true, version: version, suiteID: suite, suite: suiteByID(suite)}
	e := &encoder{hs: hs, master: bytes.Repeat([]byte{7}, 48)}
	e.newRandoms(1)
	return e
}

func (e *encoder) newRandoms(n byte) {
	for i := range e.hs.clientRandom {
		e.hs.clientRandom[i], e.hs.serverRandom[i] = n, n+100
	}
}

// record writes a record, protected if the direction is.
func (e *encoder) record(dir capture.Direction, kind byte, content []byte) {
	if s := e.sealer[dir]; s != nil {
		e.add(dir, s.seal(e, dir, kind, content))
		e.seq[dir]++
		return
	}
	e.add(dir, frameRecord(kind, e.wire(), content))
}

// wire is the version that records announce.
func (e *encoder) wire() uint16 { return min(e.hs.version, version12) }

func frameRecord(kind byte, version uint16, body []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{kind}, version)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(body))), body...)
}

// say writes application data.
func (e *encoder) say(dir capture.Direction, text string) {
	e.said[dir].WriteString(text)
	e.record(dir, typeApplicationData, []byte(text))
}

// message makes a handshake message.
func message(kind byte, body []byte) []byte {
	n := len(body)
	return append([]byte{kind, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

func extension(id uint16, data ...byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(data))), data...)
}

// clientHello makes a ClientHello with extensions.
func (e *encoder) clientHello(extensions ...[]byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, e.wire())
	b = append(b, e.hs.clientRandom[:]...)
	b = append(b, 0, 0, 2)
	b = binary.BigEndian.AppendUint16(b, e.hs.suiteID)
	b = append(b, 1, 0)
	return message(msgClientHello, appendExtensions(b, extensions))
}

// serverHello makes a ServerHello that follows from hs.
func (e *encoder) serverHello(extensions ...[]byte) []byte {
	if e.hs.version == version13 {
		extensions = append(extensions, extension(extSupportedVersions, 3, 4))
	}
	if e.hs.encryptFirst {
		extensions = append(extensions, extension(extEncryptThenMAC))
	}
	if e.hs.extendedMaster {
		extensions = append(extensions, extension(extExtendedMaster))
	}
	b := binary.BigEndian.AppendUint16(nil, e.wire())
	b = append(b, e.hs.serverRandom[:]...)
	b = append(b, 0)
	b = binary.BigEndian.AppendUint16(b, e.hs.suiteID)
	method := byte(0)
	if e.hs.compressed {
		method = 1
	}
	return message(msgServerHello, appendExtensions(append(b, method), extensions))
}

func appendExtensions(b []byte, list [][]byte) []byte {
	all := bytes.Join(list, nil)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(all))), all...)
}

// handshake12 writes a full handshake of TLS 1.2 or before.
func (e *encoder) handshake12() {
	certificate := certificates()[1].Certificate[0]
	n := len(certificate)
	list := append([]byte{byte((n + 3) >> 16), byte((n + 3) >> 8), byte(n + 3), byte(n >> 16), byte(n >> 8), byte(n)}, certificate...)
	e.record(0, typeHandshake, e.clientHello())
	flight := append(e.serverHello(), message(msgCertificate, list)...)
	e.record(1, typeHandshake, append(flight, message(msgServerHelloDone, nil)...))
	e.record(0, typeHandshake, message(msgKeyExchange, append([]byte{0, 64}, bytes.Repeat([]byte{9}, 64)...)))
	e.changeCipher()
}

// changeCipher has both sides begin to use the master secret.
func (e *encoder) changeCipher() {
	for dir := range capture.Direction(2) {
		e.record(dir, typeChangeCipherSpec, []byte{1})
		e.sealer[dir], e.seq[dir] = newSealing12(e.hs, e.master, dir), 0
		e.record(dir, typeHandshake, message(msgFinished, make([]byte, 12)))
	}
	fmt.Fprintf(&e.keys, "CLIENT_RANDOM %x %x\n", e.hs.clientRandom, e.master)
}

// secret13 has one side use a secret of TLS 1.3 from here on, and writes it to the key log.
func (e *encoder) secret13(dir capture.Direction, label string, first byte) {
	secret := bytes.Repeat([]byte{first}, e.hs.suite.hash().Size())
	fmt.Fprintf(&e.keys, "%s %x %x\n", label, e.hs.clientRandom, secret)
	e.use13(dir, secret)
}

func (e *encoder) use13(dir capture.Direction, secret []byte) {
	s := e.hs.suite
	e.secret[dir], e.seq[dir] = secret, 0
	e.sealer[dir] = &sealing13{newSealer(s, expandLabel(s, secret, "key", s.key)), expandLabel(s, secret, "iv", 12)}
}

// update writes a KeyUpdate.
func (e *encoder) update(dir capture.Direction) {
	e.record(dir, typeHandshake, message(msgKeyUpdate, []byte{0}))
	s := e.hs.suite
	e.use13(dir, expandLabel(s, e.secret[dir], "traffic upd", s.hash().Size()))
}

// handshake13 writes a handshake of TLS 1.3; early is what the client sends before.
func (e *encoder) handshake13(early ...[]byte) {
	if len(early) > 0 {
		e.record(0, typeHandshake, e.clientHello(extension(extEarlyData)))
	} else {
		e.record(0, typeHandshake, e.clientHello())
	}
	for _, b := range early[:len(early)/2] {
		e.add(0, frameRecord(typeApplicationData, version12, b))
	}
	e.record(1, typeHandshake, e.serverHello())
	for _, b := range early[len(early)/2:] {
		e.add(0, frameRecord(typeApplicationData, version12, b))
	}
	e.record(1, typeChangeCipherSpec, []byte{1})
	e.secret13(1, "SERVER_HANDSHAKE_TRAFFIC_SECRET", 11)
	e.record(1, typeHandshake, append(message(msgEncrypted, []byte{0, 0}), message(msgFinished, make([]byte, 32))...))
	e.secret13(1, "SERVER_TRAFFIC_SECRET_0", 12)
	e.record(0, typeChangeCipherSpec, []byte{1})
	e.secret13(0, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", 13)
	e.record(0, typeHandshake, message(msgFinished, make([]byte, 32)))
	e.secret13(0, "CLIENT_TRAFFIC_SECRET_0", 14)
}

// shake writes the handshake of the encoder's version.
func (e *encoder) shake() {
	if e.hs.version == version13 {
		e.handshake13()
	} else {
		e.handshake12()
	}
}

// sealer is the half of cipher.AEAD that encodes.
type sealer interface {
	Seal(dst, nonce, plain, additional []byte) []byte
}

func newSealer(s *tlsSuite, key []byte) sealer {
	if s.mode == modeChaCha {
		a, err := chacha20poly1305.New(key)
		if err != nil {
			panic(err)
		}
		return a
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	if s.mode == modeCCM {
		return ccmSealer{block, s.tag}
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return a
}

// ccmSealer is CCM written as its definition reads: the CBC-MAC of the formatted blocks,
// and counter mode over the MAC and the text.
type ccmSealer struct {
	cipher.Block
	tag int
}

func (c ccmSealer) Seal(dst, nonce, plain, additional []byte) []byte {
	pad := func(b []byte) []byte { return append(b, make([]byte, -len(b)&15)...) }
	n := len(plain)
	blocks := append([]byte{byte(0x40 | (c.tag-2)/2<<3 | 2)}, nonce...)
	blocks = append(blocks, byte(n>>16), byte(n>>8), byte(n))
	blocks = append(blocks, pad(append([]byte{0, byte(len(additional))}, additional...))...)
	blocks = append(blocks, pad(bytes.Clone(plain))...)
	mac := make([]byte, len(blocks))
	cipher.NewCBCEncrypter(c.Block, make([]byte, 16)).CryptBlocks(mac, blocks)
	counter := append(append([]byte{2}, nonce...), 0, 0, 0)
	text := append(bytes.Clone(mac[len(mac)-16:]), plain...)
	cipher.NewCTR(c.Block, counter).XORKeyStream(text, text)
	return append(append(dst, text[16:]...), text[:c.tag]...)
}

type sealing13 struct {
	sealer
	iv []byte
}

func (s *sealing13) seal(e *encoder, dir capture.Direction, kind byte, content []byte) []byte {
	nonce := bytes.Clone(s.iv)
	for i := range 8 {
		nonce[11-i] ^= byte(e.seq[dir] >> (8 * i))
	}
	padding := make([]byte, e.seq[dir]%3)
	inner := append(append(bytes.Clone(content), kind), padding...)
	head := frameRecord(typeApplicationData, version12, make([]byte, len(inner)+e.hs.suite.tag))[:5]
	return s.Seal(bytes.Clone(head), nonce, inner, head)
}

// newSealing12 derives what newEpoch12 derives, in the words of the key expansion.
func newSealing12(hs *handshake, master []byte, dir capture.Direction) sealing {
	s := hs.suite
	seed := append(bytes.Clone(hs.serverRandom[:]), hs.clientRandom[:]...)
	block := bytes.NewReader(prf(hs, master, "key expansion", seed, 400))
	pick := func(n int) []byte {
		both := make([]byte, 2*n)
		block.Read(both)
		return both[int(dir)*n : int(dir)*n+n]
	}
	switch s.mode {
	case modeCBC:
		mac := hmac.New(s.mac, pick(s.mac().Size()))
		block12, _ := aes.NewCipher(pick(s.key))
		return &sealingCBC{mac: mac, block: block12, iv: pick(16), encryptFirst: hs.encryptFirst}
	case modeChaCha:
		return &sealing12{sealer: newSealer(s, pick(s.key)), iv: pick(12)}
	}
	return &sealing12{sealer: newSealer(s, pick(s.key)), iv: pick(4), explicit: true}
}

type sealing12 struct {
	sealer
	iv       []byte
	explicit bool
}

func (s *sealing12) seal(e *encoder, dir capture.Direction, kind byte, content []byte) []byte {
	seq := binary.BigEndian.AppendUint64(nil, e.seq[dir])
	nonce := append(bytes.Clone(s.iv), seq...)
	body := bytes.Clone(seq)
	if !s.explicit {
		nonce, body = bytes.Clone(s.iv), nil
		for i := range 8 {
			nonce[4+i] ^= seq[i]
		}
	}
	additional := append(seq, frameRecord(kind, version12, content)[:5]...)
	return frameRecord(kind, version12, s.Seal(body, nonce, content, additional))
}

type sealingCBC struct {
	mac          hash.Hash
	block        cipher.Block
	iv           []byte
	encryptFirst bool
}

func (s *sealingCBC) seal(e *encoder, dir capture.Direction, kind byte, content []byte) []byte {
	sum := func(data []byte) []byte {
		s.mac.Reset()
		s.mac.Write(binary.BigEndian.AppendUint64(nil, e.seq[dir]))
		s.mac.Write(frameRecord(kind, e.hs.version, data))
		return s.mac.Sum(nil)
	}
	plain := bytes.Clone(content)
	if !s.encryptFirst {
		plain = append(plain, sum(content)...)
	}
	pad := 15 - len(plain)%16 + 16*int(e.seq[dir]%3)
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad+1)...)
	var body []byte
	if e.hs.version > version10 {
		e.clock++
		s.iv = bytes.Repeat([]byte{e.clock}, 16)
		body = bytes.Clone(s.iv)
	}
	text := make([]byte, len(plain))
	cipher.NewCBCEncrypter(s.block, s.iv).CryptBlocks(text, plain)
	s.iv = text[len(text)-16:]
	body = append(body, text...)
	if s.encryptFirst {
		body = append(body, sum(body)...)
	}
	return frameRecord(kind, e.hs.version, body)
}
