package layer

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

// ccm is the AEAD that crypto/cipher lacks: counter mode with CBC-MAC, with nonces of 12
// bytes, so that a message has less than 16 MiB. It opens only, and is not for concurrent
// use.
type ccm struct {
	block cipher.Block
	tag   int
	// Scratch, so that nothing escapes for each record.
	mac, counter, stream [16]byte
}

var errOpen = errors.New("layer: authentication failed")

// Open appends the plaintext of sealed, which ends with its tag, to dst.
func (c *ccm) Open(dst, nonce, sealed, additional []byte) ([]byte, error) {
	n := len(sealed) - c.tag
	if n < 0 {
		return nil, errOpen
	}
	c.start(nonce, n, additional)
	at := len(dst)
	dst = append(dst, sealed[:n]...)
	out := dst[at:]
	for len(out) > 0 {
		k := min(16, len(out))
		c.keystream()
		subtle.XORBytes(out[:k], out[:k], c.stream[:k])
		subtle.XORBytes(c.mac[:k], c.mac[:k], out[:k])
		c.block.Encrypt(c.mac[:], c.mac[:])
		out = out[k:]
	}
	c.counter[13], c.counter[14], c.counter[15] = 0, 0, 0
	c.block.Encrypt(c.stream[:], c.counter[:])
	subtle.XORBytes(c.mac[:], c.mac[:], c.stream[:])
	if subtle.ConstantTimeCompare(c.mac[:c.tag], sealed[n:]) != 1 {
		clear(dst[at:])
		return nil, errOpen
	}
	return dst, nil
}

// start sets up the counter and authenticates what comes before the plaintext: a block
// with the flags, nonce and length, and the additional data, which begins with its own
// length and is padded.
func (c *ccm) start(nonce []byte, n int, additional []byte) {
	c.mac[0] = 1<<6 | byte(c.tag-2)/2<<3 | 2
	copy(c.mac[1:13], nonce)
	c.mac[13], c.mac[14], c.mac[15] = byte(n>>16), byte(n>>8), byte(n)
	c.counter[0] = 2
	copy(c.counter[1:13], nonce)
	c.counter[13], c.counter[14], c.counter[15] = 0, 0, 0
	c.block.Encrypt(c.mac[:], c.mac[:])

	var head [16]byte
	binary.BigEndian.PutUint16(head[:], uint16(len(additional)))
	copy(head[2:], additional) // at most 13 bytes in TLS
	subtle.XORBytes(c.mac[:], c.mac[:], head[:])
	c.block.Encrypt(c.mac[:], c.mac[:])
}

// keystream makes the next block of the counter mode.
func (c *ccm) keystream() {
	for i := 15; i > 12; i-- {
		c.counter[i]++
		if c.counter[i] != 0 {
			break
		}
	}
	c.block.Encrypt(c.stream[:], c.counter[:])
}
