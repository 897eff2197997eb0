package layer

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"hash"

	"imapscope/capture"
)

// stage is how far the keys of one direction have come.
type stage uint8

const (
	inClear   stage = iota
	handshook       // TLS 1.3: handshake traffic keys
	traffic         // the keys of application data
)

// epoch is one set of keys of one direction.
type epoch struct {
	opener
	stage  stage
	secret []byte // TLS 1.3: what the next keys are derived from
}

// newEpoch13 derives the keys of a traffic secret (RFC 8446, section 7.3).
func newEpoch13(s *tlsSuite, secret []byte, at stage) *epoch {
	o := &sealed13{tag: s.tag, aead: newAEAD(s, expandLabel(s, secret, "key", s.key))}
	copy(o.iv[:], expandLabel(s, secret, "iv", 12))
	return &epoch{opener: o, stage: at, secret: bytes.Clone(secret)}
}

// updated derives the keys that follow a KeyUpdate (RFC 8446, section 7.2).
func (e *epoch) updated(s *tlsSuite) *epoch {
	return newEpoch13(s, expandLabel(s, e.secret, "traffic upd", s.hash().Size()), traffic)
}

// expandLabel is HKDF-Expand-Label (RFC 8446, section 7.1) with an empty context.
func expandLabel(s *tlsSuite, secret []byte, label string, n int) []byte {
	label = "tls13 " + label
	info := binary.BigEndian.AppendUint16(nil, uint16(n))
	info = append(info, byte(len(label)))
	info = append(append(info, label...), 0)
	out, err := hkdf.Expand(s.hash, secret, string(info), n)
	if err != nil {
		return make([]byte, n) // opens nothing; n is never so large
	}
	return out
}

// newEpoch12 derives the keys of one direction from a master secret (RFC 5246, section
// 6.3).
func newEpoch12(hs *handshake, master []byte, dir capture.Direction) *epoch {
	s := hs.suite
	mac, iv := 0, 4
	switch s.mode {
	case modeCBC:
		mac, iv = s.mac().Size(), 16
	case modeChaCha:
		iv = 12
	}
	if hs.version >= version11 && s.mode == modeCBC {
		iv = 0 // each record brings its own
	}
	seed := append(hs.serverRandom[:], hs.clientRandom[:]...)
	block := prf(hs, master, "key expansion", seed, 2*(mac+s.key+iv))
	part := func(n int) []byte {
		p := block[int(dir)*n : (int(dir)+1)*n]
		block = block[2*n:]
		return p
	}
	macKey, key, fixed := part(mac), part(s.key), part(iv)
	if s.mode == modeCBC {
		c := newCBC(s, hs.version, hs.encryptFirst, macKey, key, fixed)
		return &epoch{opener: c, stage: traffic}
	}
	o := &sealed12{aead: newAEAD(s, key), tag: s.tag}
	if s.mode != modeChaCha {
		o.explicit = 8
	}
	copy(o.iv[:], fixed)
	return &epoch{opener: o, stage: traffic}
}

// prf is the pseudorandom function of TLS 1.2 (RFC 5246, section 5). That of 1.0 and 1.1
// has two of its P_hash, one with MD5 and the first half of the secret, one with SHA-1 and
// the second half, combined by XOR.
func prf(hs *handshake, secret []byte, label string, seed []byte, n int) []byte {
	seed = append([]byte(label), seed...)
	if hs.version >= version12 {
		return pHash(hs.suite.hash, secret, seed, n)
	}
	half := (len(secret) + 1) / 2
	out := pHash(md5.New, secret[:half], seed, n)
	subtle.XORBytes(out, out, pHash(sha1.New, secret[len(secret)-half:], seed, n))
	return out
}

// pHash is P_hash (RFC 5246, section 5).
func pHash(h func() hash.Hash, secret, seed []byte, n int) []byte {
	m := hmac.New(h, secret)
	sum := func(parts ...[]byte) []byte {
		m.Reset()
		for _, p := range parts {
			m.Write(p)
		}
		return m.Sum(nil)
	}
	var out []byte
	for a := sum(seed); len(out) < n; a = sum(a) {
		out = append(out, sum(a, seed)...)
	}
	return out[:n]
}

// master returns the master secret of a handshake of TLS 1.2 or before: from the key log,
// or derived from the premaster secret that the client sent encrypted with RSA; else nil.
func (hs *handshake) master(k *Keys) []byte {
	if m := k.traffic(hs.clientRandom, masterSecret); m != nil {
		return m
	}
	if m := k.traffic(k.first(hs), masterSecret); m != nil {
		return m
	}
	if !hs.exchanged {
		return nil
	}
	pre := k.premaster(hs.premasterID)
	switch {
	case pre == nil:
		return nil
	case !hs.extendedMaster:
		seed := append(hs.clientRandom[:], hs.serverRandom[:]...)
		return prf(hs, pre, "master secret", seed, 48)
	case hs.transcript == nil:
		return nil // part of it was not captured
	}
	return prf(hs, pre, "extended master secret", hs.transcript.sum(), 48)
}
