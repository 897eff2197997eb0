package traffic

import (
	"slices"
	"strconv"
)

// A task is something a client does in a selected mailbox.
type task struct {
	weight [4]int // by Mix: mixed, headers, bodies, short
	do     func(*session)
	alone  bool // not pipelined, because it depends on responses
}

var tasks = []task{
	{[4]int{20, 50, 2, 0}, (*session).fetchAll, false},
	{[4]int{5, 10, 1, 0}, (*session).fetchFast, false},
	{[4]int{5, 10, 2, 0}, (*session).fetchHeader, false},
	{[4]int{30, 0, 60, 0}, (*session).fetchMail, false},
	{[4]int{8, 0, 15, 0}, (*session).fetchText, false},
	{[4]int{8, 8, 5, 20}, (*session).store, false},
	{[4]int{5, 6, 2, 15}, (*session).search, true},
	{[4]int{5, 5, 3, 35}, (*session).noop, false},
	{[4]int{2, 2, 1, 10}, (*session).check, false},
	{[4]int{3, 2, 2, 10}, (*session).copyMail, false},
	{[4]int{2, 2, 2, 2}, (*session).expunge, true},
	{[4]int{1, 2, 1, 5}, (*session).find, true},
	{[4]int{1, 1, 1, 1}, (*session).refused, true},
	{[4]int{1, 1, 1, 0}, func(s *session) { s.selectMailbox("MEETING") }, true},
}

// work generates one exchange: a command and its responses, several pipelined commands, or
// unsolicited data outside any command.
func (s *session) work() {
	switch n := s.rng.IntN(100); {
	case n < 2: // new mail, while the client is silent
		s.arrive(recent)
		s.untagged("EXISTS", "%d EXISTS", len(s.uids))
		s.untagged("RECENT", "%d RECENT", s.recent())
		s.gen.sum.Outside += 2
	case n < 10: // a pipeline
		for range 2 + s.rng.IntN(3) {
			if t := s.task(); !t.alone {
				t.do(s)
			}
		}
		s.noop()
	default:
		s.task().do(s)
	}
}

func (s *session) task() task {
	tasks := tasks
	if s.gen.Dialect == IMAP4rev1 {
		tasks = rev1Tasks
	}
	total := 0
	for _, t := range tasks {
		total += t.weight[s.gen.Mix]
	}
	n := s.rng.IntN(total)
	for _, t := range tasks {
		if n -= t.weight[s.gen.Mix]; n < 0 {
			return t
		}
	}
	return tasks[0]
}

// window returns a range of message numbers; none if the mailbox is empty.
func (s *session) window(most int) (first, last int) {
	n := len(s.uids)
	if n == 0 {
		return 1, 0
	}
	first = 1 + s.rng.IntN(n)
	return first, min(n, first+s.rng.IntN(most))
}

// each answers a FETCH or STORE for a range of messages.
func (s *session) each(first, last int, property func(i int)) {
	for n := first; n <= last; n++ {
		start := len(s.resp)
		s.resp = append(strconv.AppendInt(append(s.resp, "* "...), int64(n), 10), " FETCH ("...)
		property(n - 1)
		s.resp = append(s.resp, ")\r\n"...)
		s.count("FETCH", start)
	}
}

func (s *session) putFlags(i int) {
	s.resp = append(s.resp, "FLAGS ("...)
	sep := ""
	for bit, name := range flagNames {
		if s.flags[i]&(1<<bit) != 0 {
			s.resp = append(append(s.resp, sep...), name...)
			sep = " "
		}
	}
	s.resp = append(s.resp, ')')
}

func (s *session) mail(i int) mail { return mailOf(&s.src, s.uids[i]) }

// putFast answers FAST.
func (s *session) putFast(i int, m *mail) {
	s.putFlags(i)
	s.resp = append(s.resp, ` INTERNALDATE "`...)
	s.resp = m.date.AppendFormat(s.resp, "_2-Jan-2006 15:04:05 +0000")
	s.resp = strconv.AppendInt(append(s.resp, `" RFC822.SIZE `...), int64(m.size), 10)
}

func (s *session) fetchAll() {
	first, last := s.window(40)
	if last < first {
		s.noop()
		return
	}
	s.ask("FETCH %d:%d ALL", first, last)
	s.each(first, last, func(i int) {
		m := s.mail(i)
		s.putFast(i, &m)
		var literals, octets int
		s.resp, literals, octets = m.appendEnvelope(append(s.resp, " ENVELOPE "...))
		s.gen.sum.ServerLiterals += int64(literals)
		s.gen.sum.ServerLiteralOctets += int64(octets)
	})
	s.done("OK", "FETCH completed")
}

func (s *session) fetchFast() {
	first, last := s.window(100)
	if last < first {
		s.noop()
		return
	}
	s.ask("FETCH %d:%d FAST", first, last)
	s.each(first, last, func(i int) { m := s.mail(i); s.putFast(i, &m) })
	s.done("OK", "FETCH completed")
}

func (s *session) fetchHeader() { s.fetchLiteral("RFC822.HEADER", 10) }
func (s *session) fetchMail()   { s.fetchLiteral("RFC822", 1) }
func (s *session) fetchText()   { s.fetchLiteral("RFC822.TEXT", 1) }

// fetchLiteral fetches text of messages. Whole messages and their texts are
// marked as read by it, which shows (RFC 1176, "Commands": FETCH, p. 15).
func (s *session) fetchLiteral(item string, most int) {
	first, last := s.window(most)
	switch {
	case last < first:
		s.noop()
		return
	case first == last:
		s.ask("FETCH %d %s", first, item)
	default:
		s.ask("FETCH %d:%d %s", first, last, item)
	}
	s.each(first, last, func(i int) {
		m := s.mail(i)
		s.resp = append(append(s.resp, item...), " {"...)
		header := m.appendHeader(make([]byte, 0, 1<<10))
		body := s.gen.pool.text(m.id, max(0, m.size-len(header)))
		switch item {
		case "RFC822.HEADER":
			body = nil
		case "RFC822.TEXT":
			header = nil
		}
		octets := len(header) + len(body)
		s.resp = append(strconv.AppendInt(s.resp, int64(octets), 10), "}\r\n"...)
		s.resp = append(append(s.resp, header...), body...)
		s.gen.sum.ServerLiterals++
		s.gen.sum.ServerLiteralOctets += int64(octets)
		if item != "RFC822.HEADER" && s.flags[i]&seen == 0 {
			s.flags[i] |= seen
			s.resp = append(s.resp, ' ')
			s.putFlags(i)
		}
	})
	s.done("OK", "FETCH completed")
}

func (s *session) store() {
	first, last := s.window(5)
	if last < first {
		s.noop()
		return
	}
	flag := []uint8{answered, flagged, deleted, deleted}[s.rng.IntN(4)]
	name := map[uint8]string{answered: `\Answered`, flagged: `\Flagged`, deleted: `\Deleted`}[flag]
	s.ask(`STORE %d:%d +FLAGS (%s)`, first, last, name)
	s.each(first, last, func(i int) {
		s.flags[i] |= flag
		s.putFlags(i)
	})
	s.done("OK", "STORE completed")
}

func (s *session) search() {
	switch s.rng.IntN(4) {
	case 0:
		s.ask(`SEARCH DELETED FROM "SMITH" SINCE 1-OCT-87`)
	case 1: // a client of 1992 does not wait for the "+"
		s.command("SEARCH TEXT ")
		s.literal(`the "new" gateway`, s.rng.IntN(3) > 0)
		s.req = append(s.req, "\r\n"...)
	default:
		s.ask("SEARCH UNSEEN")
	}
	start := len(s.resp)
	s.resp = append(s.resp, "* SEARCH"...)
	for i, f := range s.flags {
		if f&seen == 0 {
			s.resp = strconv.AppendInt(append(s.resp, ' '), int64(i+1), 10)
		}
	}
	s.resp = append(s.resp, "\r\n"...)
	s.count("SEARCH", start)
	s.done("OK", "SEARCH completed")
}

func (s *session) noop() {
	s.ask("NOOP")
	if s.rng.IntN(5) == 0 {
		s.arrive(recent)
		s.untagged("EXISTS", "%d EXISTS", len(s.uids))
		s.untagged("RECENT", "%d RECENT", s.recent())
	}
	s.done("OK", "NOOP completed")
}

func (s *session) check() {
	s.ask("CHECK")
	s.untagged("EXISTS", "%d EXISTS", len(s.uids))
	s.untagged("RECENT", "%d RECENT", s.recent())
	s.done("OK", "CHECK completed")
}

func (s *session) copyMail() {
	first, last := s.window(3)
	if last < first {
		s.noop()
		return
	}
	s.ask("COPY %d:%d MEETING", first, last)
	for n := first; n <= last; n++ {
		s.untagged("COPY", "%d COPY", n)
	}
	s.done("OK", "COPY completed")
}

// expunge removes the deleted messages; the numbers of later ones decrease each time
// (RFC 1176, "Commands": EXPUNGE, p. 13).
func (s *session) expunge() {
	s.ask("EXPUNGE")
	for i := 0; i < len(s.flags); {
		if s.flags[i]&deleted == 0 {
			i++
			continue
		}
		s.flags, s.uids = slices.Delete(s.flags, i, i+1), slices.Delete(s.uids, i, i+1)
		s.untagged("EXPUNGE", "%d EXPUNGE", i+1)
	}
	s.untagged("EXISTS", "%d EXISTS", len(s.uids))
	s.untagged("RECENT", "%d RECENT", s.recent())
	s.done("OK", "EXPUNGE completed")
}

func (s *session) find() {
	s.ask("FIND MAILBOXES *")
	for _, name := range []string{"MEETING", "GENERAL", "/usr/spool/bugs"} {
		s.untagged("MAILBOX", "MAILBOX %s", name)
	}
	s.done("OK", "FIND completed")
}

func (s *session) refused() {
	if s.rng.IntN(2) == 0 {
		s.ask("COPY 1 nowhere")
		s.untagged("NO", "NO Disk is almost full")
		s.done("NO", "COPY failed: no such mailbox")
		return
	}
	s.ask("XYZZY")
	s.done("BAD", "Command unrecognized: XYZZY")
}
