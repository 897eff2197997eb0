package layer

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
)

// opener opens the protected records of one direction under one set of keys.
type opener interface {
	// open authenticates and decrypts a record, given with its header, as the record of
	// that sequence number. It appends the plaintext to dst and returns what it
	// appended.
	open(dst []byte, seq uint64, record []byte) (plain []byte, ok bool)
	// overhead is about how many bytes a record is longer than its plaintext.
	overhead() int
	// passed informs the opener of the last bytes of a record that it did not open, at
	// least maxTail of them if they were captured.
	passed(end []byte)
}

// aead is the half of cipher.AEAD that is used.
type aead interface {
	Open(dst, nonce, sealed, additional []byte) ([]byte, error)
}

func newAEAD(s *tlsSuite, key []byte) aead {
	if s.mode == modeChaCha {
		a, err := chacha20poly1305.New(key)
		if err != nil {
			return nil
		}
		return a
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	if s.mode == modeCCM {
		return &ccm{block: block, tag: s.tag}
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		return nil
	}
	return a
}

// sealed13 opens records of TLS 1.3 (RFC 8446, section 5.2).
type sealed13 struct {
	aead  aead
	iv    [12]byte
	nonce [12]byte
	tag   int
}

func (s *sealed13) open(dst []byte, seq uint64, record []byte) ([]byte, bool) {
	xorSequence(&s.nonce, &s.iv, seq)
	out, err := s.aead.Open(dst, s.nonce[:], record[headerLen:], record[:headerLen])
	if err != nil {
		return nil, false
	}
	return out[len(dst):], true
}

func (s *sealed13) overhead() int { return headerLen + 1 + s.tag }
func (s *sealed13) passed([]byte) {}

// xorSequence makes a nonce of an IV and a sequence number.
func xorSequence(nonce, iv *[12]byte, seq uint64) {
	*nonce = *iv
	low := binary.BigEndian.Uint64(iv[4:])
	binary.BigEndian.PutUint64(nonce[4:], low^seq)
}

// sealed12 opens records of TLS 1.2 that an AEAD protects (RFC 5246, section 6.2.3.3).
// GCM and CCM send the last 8 bytes of the nonce; ChaCha20-Poly1305 forms it from the
// sequence number, as TLS 1.3 does.
type sealed12 struct {
	aead       aead
	iv         [12]byte
	nonce      [12]byte
	additional [13]byte
	explicit   int // bytes of nonce in each record
	tag        int
}

func (s *sealed12) open(dst []byte, seq uint64, record []byte) ([]byte, bool) {
	body := record[headerLen:]
	n := len(body) - s.explicit - s.tag
	if n < 0 {
		return nil, false
	}
	if s.explicit > 0 {
		copy(s.nonce[:4], s.iv[:4])
		copy(s.nonce[4:], body[:s.explicit])
	} else {
		xorSequence(&s.nonce, &s.iv, seq)
	}
	putAdditional(&s.additional, seq, record, n)
	out, err := s.aead.Open(dst, s.nonce[:], body[s.explicit:], s.additional[:])
	if err != nil {
		return nil, false
	}
	return out[len(dst):], true
}

func (s *sealed12) overhead() int { return headerLen + s.explicit + s.tag }
func (s *sealed12) passed([]byte) {}

// putAdditional sets what TLS 1.2 and before authenticate with each record: its sequence
// number, type, version and length.
func putAdditional(b *[13]byte, seq uint64, record []byte, n int) {
	binary.BigEndian.PutUint64(b[:8], seq)
	copy(b[8:11], record[:3])
	binary.BigEndian.PutUint16(b[11:], uint16(n))
}

// cbcMode is what every decrypter of crypto/cipher's CBC is.
type cbcMode interface {
	cipher.BlockMode
	SetIV([]byte)
}

// sealedCBC opens records that AES-CBC and an HMAC protect (RFC 5246, section 6.2.3.2).
// The MAC is over the plaintext, within the encryption; or, if the peers agreed to encrypt
// first, over the IV and ciphertext, after them.
type sealedCBC struct {
	mode         cbcMode
	mac          hash.Hash
	encryptFirst bool
	chained      bool     // TLS 1.0: the IV is the last block of the record before
	iv           [16]byte // of the next record, if chained
	noIV         bool     // chained, and the record before is unknown
	additional   [13]byte
	sum          [64]byte
}

func newCBC(s *tlsSuite, version uint16, encryptFirst bool, macKey, key, iv []byte) *sealedCBC {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	var zero [16]byte
	mode, ok := cipher.NewCBCDecrypter(block, zero[:]).(cbcMode)
	if !ok {
		return nil
	}
	c := &sealedCBC{mode: mode, mac: hmac.New(s.mac, macKey), encryptFirst: encryptFirst, chained: version == version10}
	copy(c.iv[:], iv)
	return c
}

func (c *sealedCBC) open(dst []byte, seq uint64, record []byte) ([]byte, bool) {
	body := record[headerLen:]
	size := c.mac.Size()
	if c.encryptFirst {
		if len(body) < size {
			return nil, false
		}
		n := len(body) - size
		if !c.authentic(seq, record, body[:n], body[n:]) {
			return nil, false
		}
		body = body[:n]
	}
	iv := c.iv[:]
	if !c.chained {
		if len(body) < 16 {
			return nil, false
		}
		iv, body = body[:16], body[16:]
	}
	if len(body) == 0 || len(body)%16 != 0 || c.chained && c.noIV {
		return nil, false
	}
	at := len(dst)
	dst = append(dst, body...)
	plain := dst[at:]
	c.mode.SetIV(iv)
	c.mode.CryptBlocks(plain, plain)
	n, ok := c.unpad(seq, record, plain)
	if !ok {
		clear(plain)
		return nil, false
	}
	c.chain(body)
	return plain[:n], true
}

// unpad returns the length of the content within decrypted blocks, and reports whether
// padding and MAC are right. That its time depends on them does no harm: the sender of
// the record does not wait for the result.
func (c *sealedCBC) unpad(seq uint64, record, plain []byte) (int, bool) {
	pad := int(plain[len(plain)-1])
	n := len(plain) - 1 - pad
	if !c.encryptFirst {
		n -= c.mac.Size()
	}
	if n < 0 {
		return 0, false
	}
	for _, b := range plain[len(plain)-1-pad:] {
		if int(b) != pad {
			return 0, false
		}
	}
	if c.encryptFirst {
		return n, true
	}
	return n, c.authentic(seq, record, plain[:n], plain[n:n+c.mac.Size()])
}

// authentic reports whether sum is the MAC of data.
func (c *sealedCBC) authentic(seq uint64, record, data, sum []byte) bool {
	putAdditional(&c.additional, seq, record, len(data))
	c.mac.Reset()
	c.mac.Write(c.additional[:])
	c.mac.Write(data)
	return hmac.Equal(c.mac.Sum(c.sum[:0]), sum)
}

func (c *sealedCBC) overhead() int {
	n := headerLen + c.mac.Size() + 8 // and half a block of padding
	if !c.chained {
		n += 16
	}
	return n
}

func (c *sealedCBC) passed(end []byte) {
	if c.encryptFirst {
		end = end[:max(0, len(end)-c.mac.Size())]
	}
	c.chain(end)
}

// chain keeps the last block of ciphertext: in TLS 1.0 it is the IV of the next record.
func (c *sealedCBC) chain(end []byte) {
	c.noIV = len(end) < 16
	if !c.noIV {
		copy(c.iv[:], end[len(end)-16:])
	}
}
