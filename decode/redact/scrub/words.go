package scrub

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"hash/maphash"
	"math/rand/v2"
	"unicode"
	"unicode/utf8"

	"imapscope/decode/ascii"
)

// words holds the substitutes. A word is a run of ASCII letters and digits and of
// non-ASCII bytes; letter case does not matter.
type words struct {
	vocabulary
	key  Key
	seed maphash.Seed
	seen map[uint64]fate
	// cached holds substitutes of short words; it is cleared when it grows too large.
	cached   map[string]string
	replaced int
	beyond   int // words that seen had no room for
	buf      []byte
}

// fate is what is known about a word.
type fate struct {
	original   bool // it was replaced
	substitute bool // it replaces another
	kept       bool // it stays, because it is part of the protocol
	personal   bool // it names a user or a mailbox, or is a password
	round      uint8
}

const (
	// maxSeen is the number of words that are remembered, in about 100 MB.
	maxSeen = 1 << 21
	// maxCached is the number of cached words, maxCachedWord the length of the longest.
	maxCached, maxCachedWord = 1 << 16, 32
	// checkFrom is the minimum length of a word that Check looks for in the result.
	checkFrom = 4
	// maxRounds is the number of attempts to find an unused substitute.
	maxRounds = 32
)

func newWords(key Key) *words {
	return &words{vocabulary: newVocabulary(), key: key, seed: maphash.MakeSeed(), seen: make(map[uint64]fate), cached: make(map[string]string)}
}

var wordByte = func() (set [256]bool) {
	for c := range set {
		set[c] = c >= 0x80 || isLetter(byte(c)) || isDigit(byte(c))
	}
	return
}()

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// next returns the first word of b from at on; start is len(b) if there is none.
func next(b []byte, at int) (start, end int) {
	for start = at; start < len(b) && !wordByte[b[start]]; start++ {
	}
	return start, wordEnd(b, start)
}

// wordEnd returns where the word that includes all bytes before at ends.
func wordEnd(b []byte, at int) int {
	for at < len(b) && wordByte[b[at]] {
		at++
	}
	return at
}

// fold returns w in lower case, until the next call.
func (ws *words) fold(w []byte) []byte {
	ws.buf = ascii.AppendLower(ws.buf[:0], w)
	return ws.buf
}

func (ws *words) hash(folded []byte) uint64 { return maphash.Bytes(ws.seed, folded) }

// note changes what is known about a word.
func (ws *words) note(h uint64, change func(*fate)) {
	f, ok := ws.seen[h]
	if !ok && len(ws.seen) >= maxSeen {
		ws.beyond++
		return
	}
	change(&f)
	ws.seen[h] = f
}

// keep marks the words of b as part of the protocol.
func (ws *words) keep(b []byte) {
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		if end-at < checkFrom {
			continue
		}
		if h := ws.hash(ws.fold(b[at:end])); !ws.seen[h].kept {
			ws.note(h, func(f *fate) { f.kept = true })
		}
	}
}

// markPersonal marks the words of b as the name of a user or a mailbox: a text that
// repeats them means these.
func (ws *words) markPersonal(b []byte) {
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		if h := ws.hash(ws.fold(b[at:end])); !ws.seen[h].personal {
			ws.note(h, func(f *fate) { f.personal = true })
		}
	}
}

// fateOf returns what is known about a word in lower case.
func (ws *words) fateOf(folded []byte) fate { return ws.seen[ws.hash(folded)] }

// replace replaces all words of b with their substitutes.
func (ws *words) replace(b []byte) (n int) {
	for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
		ws.substitute(b[at:end])
		n++
	}
	return n
}

// substitute replaces w with its substitute.
func (ws *words) substitute(w []byte) {
	folded := ws.fold(w)
	if len(w) <= maxCachedWord {
		if s, ok := ws.cached[string(folded)]; ok {
			dress(w, s)
			return
		}
	}
	folded = bytes.Clone(folded)
	s := ws.find(folded)
	if len(w) <= maxCachedWord {
		if len(ws.cached) >= maxCached {
			clear(ws.cached)
		}
		ws.cached[string(folded)] = string(s)
	}
	dress(w, s)
}

// find returns the substitute of a word: the first candidate that is neither a word of
// the protocol nor already in use, as far as that is remembered.
func (ws *words) find(folded []byte) []byte {
	h := ws.hash(folded)
	f, known := ws.seen[h]
	if f.original {
		return ws.draw(folded, f.round)
	}
	var s []byte
	round := uint8(0)
	for ; ; round++ {
		s = ws.draw(folded, round)
		if round == maxRounds {
			break
		}
		if ws.inProtocol(s) || string(s) == string(folded) && hasLetter(s) {
			continue
		}
		if t := ws.seen[ws.hash(s)]; !t.original && !t.substitute && !t.kept {
			break
		}
	}
	if !known && len(ws.seen) >= maxSeen {
		ws.beyond++
		return ws.draw(folded, 0)
	}
	ws.replaced++
	ws.note(h, func(f *fate) { f.original, f.round = true, round })
	ws.note(ws.hash(s), func(f *fate) { f.substitute = true })
	return s
}

// draw makes a substitute in lower case. Long ones have only consonants, so they are not
// words of any language or of the protocol.
func (ws *words) draw(folded []byte, round uint8) []byte {
	mac := hmac.New(sha256.New, ws.key[:])
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

// appendRune appends the replacement of a non-ASCII character, of the same number of
// bytes. Invalid UTF-8 becomes other invalid UTF-8; characters that are not letters
// stay, because rules look for the harmful ones.
func appendRune(s []byte, r rune, size, n int, first byte) []byte {
	switch {
	case r == utf8.RuneError && size == 1:
		return append(s, 0xe0|first&0x0f)
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

// dress overwrites a word with a substitute, with capitals where the word has them.
func dress[T string | []byte](w []byte, s T) {
	for i := range len(s) {
		c := s[i]
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
