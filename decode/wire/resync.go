package wire

import "bytes"

// skip passes over octets until a line begins a message. It takes n of them;
// octets of a line that may be one are held until that is decided.
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
		if begins(line, f.client) {
			f.buf = f.buf[:held]
			f.n = int64(held)
			f.seg = 0
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
	if f.buf == nil {
		f.buf = f.pool.Get()
	}
	f.buf = append(f.buf, p...)
}

// begins reports whether a message surely begins with line. It is asked where
// framing was lost, so it wants a known word: mail looks like much.
func begins(line []byte, client bool) bool {
	first, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok || len(first) == 0 || len(first) > 32 || bytes.ContainsAny(first, "()\"\\{\r\n") {
		return client && fold(bytes.TrimRight(line, "\r\n"), "DONE")
	}
	word, rest := cutWord(rest)
	switch {
	case client:
		return isKnown(word, commands)
	case string(first) == "+":
		return true
	case string(first) != "*":
		return IsStatus(word) && len(word) <= 3 && len(rest) > 0 && rest[0] == ' '
	case len(word) > 0 && isDigit(word[0]):
		word, _ = cutWord(bytes.TrimPrefix(rest, []byte(" ")))
		return isKnown(word, numbered)
	default:
		return IsStatus(word) || isKnown(word, unnumbered)
	}
}

// cutWord splits b before its first space or line end.
func cutWord(b []byte) (word, rest []byte) {
	if i := bytes.IndexAny(b, " \r\n"); i >= 0 {
		return b[:i], b[i:]
	}
	return b, nil
}

func isKnown(word []byte, table [][]string) bool {
	if len(word) >= len(table) {
		return false
	}
	for _, w := range table[len(word)] {
		if fold(word, w) {
			return true
		}
	}
	return false
}

// Words that show that a message begins, by length. They need not be all: what
// is not here costs one more line to find framing again.
var (
	commands = [][]string{
		2:  {"ID"},
		3:  {"UID"},
		4:  {"NOOP", "FIND", "COPY", "LIST", "LSUB", "IDLE", "MOVE"},
		5:  {"LOGIN", "CHECK", "FETCH", "STORE", "CLOSE"},
		6:  {"LOGOUT", "SELECT", "BBOARD", "SEARCH", "CREATE", "DELETE", "RENAME", "STATUS", "APPEND", "ENABLE"},
		7:  {"EXPUNGE", "EXAMINE", "PARTIAL"},
		8:  {"STARTTLS", "COMPRESS", "UNSELECT"},
		9:  {"SUBSCRIBE", "NAMESPACE"},
		10: {"CAPABILITY"},
		11: {"UNSUBSCRIBE"},
		12: {"AUTHENTICATE"},
	}
	numbered = [][]string{
		4: {"COPY"},
		5: {"FETCH", "STORE"},
		6: {"EXISTS", "RECENT"},
		7: {"EXPUNGE"},
	}
	unnumbered = [][]string{
		2:  {"ID"},
		4:  {"LIST", "LSUB", "SORT"},
		5:  {"FLAGS", "QUOTA"},
		6:  {"SEARCH", "BBOARD", "STATUS", "THREAD"},
		7:  {"MAILBOX", "ENABLED", "ESEARCH"},
		8:  {"VANISHED", "METADATA"},
		9:  {"NAMESPACE", "QUOTAROOT"},
		10: {"CAPABILITY"},
	}
)
