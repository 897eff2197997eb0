package scrub

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash/maphash"
	"math/rand/v2"
	"unicode"
	"unicode/utf8"
)

// words are the substitutes. A word is a run of letters and digits of ASCII, and of
// octets beyond it; letter case does not count.
type words struct {
	key  Key
	seed maphash.Seed
	seen map[uint64]fate
	// cached are substitutes of short words, to be thrown away when they are many.
	cached   map[string]string
	replaced int
	beyond   int // words that seen had no room for
	buf      []byte
}

// fate is what is known of a word.
type fate struct {
	original   bool // it was replaced
	substitute bool // it replaces another
	kept       bool // it stays, for it is the protocol's
	personal   bool // it names a user or a mailbox, or is a password
	round      uint8
}

const (
	// maxSeen is how many words are remembered, some 100 MB of them.
	maxSeen = 1 << 21
	// maxCached, and the longest of them.
	maxCached, maxCachedWord = 1 << 16, 32
	// checkFrom is the length from which on a word is looked for in the result.
	checkFrom = 4
	// maxRounds is how often another substitute is tried for.
	maxRounds = 32
)

func newWords(key Key) *words {
	return &words{key: key, seed: maphash.MakeSeed(), seen: make(map[uint64]fate), cached: make(map[string]string)}
}

var wordOctet = func() (set [256]bool) {
	for c := range set {
		set[c] = c >= 0x80 || isLetter(byte(c)) || isDigit(byte(c))
	}
	return
}()

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// next is the first word of b from at on; start is len(b) if there is none.
func next(b []byte, at int) (start, end int) {
	for start = at; start < len(b) && !wordOctet[b[start]]; start++ {
	}
	for end = start; end < len(b) && wordOctet[b[end]]; end++ {
	}
	return start, end
}

// fold appends w in lower case.
func fold(dst, w []byte) []byte {
	for _, c := range w {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

func (x *words) hash(folded []byte) uint64 { return maphash.Bytes(x.seed, folded) }

// note changes what is known of a word.
func (x *words) note(h uint64, change func(*fate)) {
	f, ok := x.seen[h]
	if !ok && len(x.seen) >= maxSeen {
		x.beyond++
		return
	}
	change(&f)
	x.seen[h] = f
}

// keep says that the words of b are the protocol's.
func (x *words) keep(b []byte) {
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		if end-at < checkFrom {
			continue
		}
		x.buf = fold(x.buf[:0], b[at:end])
		if h := x.hash(x.buf); !x.seen[h].kept {
			x.note(h, func(f *fate) { f.kept = true })
		}
	}
}

// own says that the words of b name a user or a mailbox: a text that repeats them
// speaks of these.
func (x *words) own(b []byte) {
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		x.buf = fold(x.buf[:0], b[at:end])
		if h := x.hash(x.buf); !x.seen[h].personal {
			x.note(h, func(f *fate) { f.personal = true })
		}
	}
}

// is reports what is known of a word.
func (x *words) is(w []byte) fate {
	x.buf = fold(x.buf[:0], w)
	return x.seen[x.hash(x.buf)]
}

// replace puts substitutes in the place of all words of b.
func (x *words) replace(b []byte) (n int) {
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		x.substitute(b[at:end])
		n++
	}
	return n
}

// substitute puts one in the place of w.
func (x *words) substitute(w []byte) {
	x.buf = fold(x.buf[:0], w)
	if len(w) <= maxCachedWord {
		if s, ok := x.cached[string(x.buf)]; ok {
			dress(w, []byte(s))
			return
		}
	}
	folded := append([]byte(nil), x.buf...)
	s := x.find(folded)
	if len(w) <= maxCachedWord {
		if len(x.cached) >= maxCached {
			clear(x.cached)
		}
		x.cached[string(folded)] = string(s)
	}
	dress(w, s)
}

// find finds the substitute of a word: the first one that is neither a word of the
// protocol nor one that was met already, as far as that can be remembered.
func (x *words) find(folded []byte) []byte {
	h := x.hash(folded)
	f, known := x.seen[h]
	if f.original {
		return x.draw(folded, f.round)
	}
	var s []byte
	round := uint8(0)
	for ; ; round++ {
		s = x.draw(folded, round)
		if round == maxRounds {
			break
		}
		if inProtocol(s) || string(s) == string(folded) && hasLetter(s) {
			continue
		}
		if t := x.seen[x.hash(s)]; !t.original && !t.substitute && !t.kept {
			break
		}
	}
	if !known && len(x.seen) >= maxSeen {
		x.beyond++
		return x.draw(folded, 0)
	}
	x.replaced++
	x.note(h, func(f *fate) { f.original, f.round = true, round })
	x.note(x.hash(s), func(f *fate) { f.substitute = true })
	return s
}

// draw makes a substitute in lower case. Long ones have consonants only: they are
// no words, neither ours nor the protocol's.
func (x *words) draw(folded []byte, round uint8) []byte {
	mac := hmac.New(sha256.New, x.key[:])
	mac.Write([]byte{round})
	mac.Write(folded)
	random := rand.NewChaCha8([32]byte(mac.Sum(nil)))
	letters := "bcdfghjklmnpqrstvwxz"
	if len(folded) < checkFrom {
		letters = "abcdefghijklmnopqrstuvwxyz"
	}
	s := make([]byte, 0, len(folded))
	for i := 0; i < len(folded); {
		c, n := folded[i], int(random.Uint64()>>40)
		switch {
		case isLetter(c):
			s = append(s, letters[n%len(letters)])
			i++
		case isDigit(c):
			s = append(s, '0'+byte(n%10))
			i++
		default:
			r, size := utf8.DecodeRune(folded[i:])
			s = appendRune(s, r, size, n, c)
			i += size
		}
	}
	return s
}

// appendRune appends what replaces a character beyond ASCII: one of as many octets.
// Octets that are no UTF-8 become others that are none; marks that are no letters
// stay, for some do harm and are found by that.
func appendRune(s []byte, r rune, size, n int, octet byte) []byte {
	switch {
	case r == utf8.RuneError && size == 1:
		return append(s, 0xe0|octet&0x0f)
	case !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.So):
	case size == 2:
		r = 'б' + rune(n%20)
	case size == 3:
		r = 0x4e00 + rune(n%0x5000)
	default:
		r = 0x20000 + rune(n%0xa000)
	}
	return utf8.AppendRune(s, r)
}

// dress writes a substitute over a word, capitals where the word has them.
func dress(w, s []byte) {
	for i, c := range s {
		if 'A' <= w[i] && w[i] <= 'Z' {
			c &^= 0x20
		}
		w[i] = c
	}
}

func hasLetter(w []byte) bool {
	for _, c := range w {
		if !isDigit(c) {
			return true
		}
	}
	return false
}
