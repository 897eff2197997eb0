package wire

import "bytes"

// skip skips bytes until a line begins a message. It consumes n of them; bytes of a
// line that may begin one are held until that is decided.
func (f *Framer) skip(p []byte) (n int, found bool) {
	for n < len(p) {
		if !f.probing {
			i := bytes.IndexByte(p[n:], '\n')
			if i < 0 {
				f.skipped += int64(len(p) - n)
				return len(p), false
			}
			n += i + 1
			f.skipped += int64(i + 1)
			f.probing = true
			continue
		}
		probe := p[n:]
		probe = probe[:min(len(probe), probeLen-len(f.buf))]
		ended := false
		if i := bytes.IndexByte(probe, '\n'); i >= 0 {
			probe, ended = probe[:i+1], true
		}
		if !ended && len(f.buf)+len(probe) < probeLen {
			f.hold(probe)
			return len(p), false
		}
		line := probe
		held := len(f.buf)
		if held > 0 {
			f.hold(probe)
			line = f.buf
		}
		if f.begins(line) {
			f.buf = f.buf[:held]
			f.n = int64(held)
			f.state = inLine
			return n, true
		}
		f.skipped += int64(len(line))
		n += len(probe)
		f.drop()
		f.probing = ended
	}
	return n, false
}

func (f *Framer) hold(p []byte) {
	if cap(f.buf)-len(f.buf) < len(p) {
		f.buf = f.pool.enlarge(f.buf, probeLen)
	}
	f.buf = append(f.buf, p...)
}

// Vocabulary knows which words begin a message. A Framer asks it where framing
// was lost. Letter case does not matter.
type Vocabulary interface {
	// Command reports whether a client's command begins with verb.
	Command(verb []byte) bool
	// Bare reports whether word is a client's whole line, without a tag.
	Bare(word []byte) bool
	// Data reports whether word is what an untagged response is about, after a
	// message number or without one.
	Data(word []byte, numbered bool) bool
}

// Use makes f find framing again by the words of v. Without it f recognises no
// messages of a client, and of a server only human-readable ones.
func (f *Framer) Use(v Vocabulary) { f.words = v }

// begins reports whether a message surely begins with line. It is called where
// framing was lost, so it requires a known word: mail may look like anything.
func (f *Framer) begins(line []byte) bool {
	first, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok || len(first) == 0 || len(first) > 32 || bytes.ContainsAny(first, "()\"\\{\r\n") {
		return f.client && f.words != nil && f.words.Bare(bytes.TrimRight(line, "\r\n"))
	}
	word, rest := cutWord(rest)
	switch {
	case f.client:
		return f.words != nil && f.words.Command(word)
	case string(first) == "+":
		return true
	case string(first) != "*":
		return IsStatus(word) && len(word) <= 3 && len(rest) > 0 && rest[0] == ' '
	case IsStatus(word):
		return true
	case f.words == nil:
		return false
	case len(word) > 0 && isDigit(word[0]):
		word, _ = cutWord(bytes.TrimPrefix(rest, []byte(" ")))
		return f.words.Data(word, true)
	}
	return f.words.Data(word, false)
}

// cutWord splits b before its first space or line end.
func cutWord(b []byte) (word, rest []byte) {
	if i := bytes.IndexAny(b, " \r\n"); i >= 0 {
		return b[:i], b[i:]
	}
	return b, nil
}
