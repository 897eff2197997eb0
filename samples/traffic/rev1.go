package traffic

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Dialect is what the sessions speak.
type Dialect uint8

// The dialects.
const (
	IMAP2     Dialect = iota // RFC 1176
	IMAP4rev1                // RFC 3501, with UIDPLUS (RFC 4315) and LITERAL+ (RFC 7888)
)

func (d Dialect) String() string {
	if int(d) >= len(dialectNames) {
		return "unknown"
	}
	return dialectNames[d]
}

var dialectNames = [...]string{"imap2", "imap4rev1"}

// ParseDialect returns the Dialect with a name.
func ParseDialect(name string) (Dialect, error) {
	if i := slices.Index(dialectNames[:], name); i >= 0 {
		return Dialect(i), nil
	}
	return 0, fmt.Errorf("unknown dialect: %s (%s)", name, strings.Join(dialectNames[:], " or "))
}

// rev1Tasks are the tasks of an IMAP4rev1 client, which names messages by UID.
var rev1Tasks = []task{
	{[4]int{20, 50, 2, 0}, (*session).uidFetchList, false},
	{[4]int{5, 10, 1, 5}, (*session).uidFetchFlags, false},
	{[4]int{8, 15, 2, 0}, (*session).uidFetchFields, false},
	{[4]int{30, 0, 60, 0}, (*session).uidFetchMail, false},
	{[4]int{8, 0, 15, 0}, (*session).uidFetchPart, true},
	{[4]int{8, 8, 5, 20}, (*session).uidStore, true},
	{[4]int{5, 6, 2, 15}, (*session).uidSearch, true},
	{[4]int{5, 5, 3, 35}, (*session).noop, false},
	{[4]int{3, 2, 2, 10}, (*session).uidCopy, true},
	{[4]int{2, 2, 2, 2}, (*session).uidExpunge, true},
	{[4]int{2, 2, 1, 5}, (*session).list, true},
	{[4]int{1, 1, 1, 1}, (*session).refusedCopy, true},
	{[4]int{1, 1, 1, 0}, func(s *session) { s.selectMailbox("Lists/" + strconv.Itoa(s.tag)) }, true},
}

// capabilities is what the server offers.
const capabilities = "IMAP4rev1 LITERAL+ UIDPLUS"

// opened appends what SELECT shows beside the flags and numbers of messages.
func (s *session) opened() {
	s.untagged("OK", `OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \*)] Limited`)
	s.untagged("OK", "OK [UIDVALIDITY %d] UIDs valid", s.validity())
	s.untagged("OK", "OK [UIDNEXT %d] Predicted next UID", s.uid+1)
}

func (s *session) validity() uint32 { return uint32(s.seed>>40) + 1 }

// uidOf returns the unique identifier of the message at i.
func (s *session) uidOf(i int) uint64 { return s.uids[i] - s.seed }

// uidSet returns the set of UIDs of a range of messages.
func (s *session) uidSet(first, last int) string {
	if first == last {
		return strconv.FormatUint(s.uidOf(first-1), 10)
	}
	return fmt.Sprintf("%d:%d", s.uidOf(first-1), s.uidOf(last-1))
}

func (s *session) putUID(i int) {
	s.resp = append(strconv.AppendUint(append(s.resp, "UID "...), s.uidOf(i), 10), ' ')
}

// uidFetch asks for items of a range of messages. The answer has the UID of each, and its
// flags.
func (s *session) uidFetch(items string, most int, property func(x *mimeMail)) {
	first, last := s.window(most)
	if last < first {
		s.noop()
		return
	}
	s.ask("UID FETCH %s (UID FLAGS%s)", s.uidSet(first, last), items)
	s.each(first, last, func(i int) {
		if items == wholeItem {
			s.flags[i] |= seen
		}
		s.putUID(i)
		s.putFlags(i)
		if property != nil {
			m := s.mail(i)
			x := mimeOf(&m, s.gen.pool)
			property(&x)
		}
	})
	s.done("OK", "Fetch completed")
}

func (s *session) uidFetchFlags() { s.uidFetch("", 100, nil) }

func (s *session) uidFetchList() {
	s.uidFetch(" INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE", 40, func(x *mimeMail) {
		s.resp = append(s.resp, ` INTERNALDATE "`...)
		s.resp = x.date.AppendFormat(s.resp, "_2-Jan-2006 15:04:05 +0000")
		s.resp = strconv.AppendInt(append(s.resp, `" RFC822.SIZE `...), int64(x.len()), 10)
		var literals, octets int
		s.resp, literals, octets = x.appendEnvelope(append(s.resp, " ENVELOPE "...))
		s.gen.sum.ServerLiterals += int64(literals)
		s.gen.sum.ServerLiteralOctets += int64(octets)
		s.resp = x.appendStructure(append(s.resp, " BODYSTRUCTURE "...))
	})
}

const (
	fields    = "BODY[HEADER.FIELDS (DATE FROM TO SUBJECT MESSAGE-ID)]"
	wholeItem = " BODY[]"
)

func (s *session) uidFetchFields() {
	s.uidFetch(" "+strings.Replace(fields, "[", ".PEEK[", 1), 20, func(x *mimeMail) {
		s.putLiteral(" "+fields, x.fields)
	})
}

func (s *session) uidFetchMail() {
	s.uidFetch(wholeItem, 1, func(x *mimeMail) { s.putLiteral(wholeItem, x.whole()...) })
}

// uidFetchPart fetches a structure, and then the first part.
func (s *session) uidFetchPart() {
	first, _ := s.window(1)
	if first > len(s.uids) {
		s.noop()
		return
	}
	m := s.mail(first - 1)
	x := mimeOf(&m, s.gen.pool)
	for _, item := range []string{"BODYSTRUCTURE", "BODY[1]"} {
		s.ask("UID FETCH %s (%s)", s.uidSet(first, first), strings.Replace(item, "[", ".PEEK[", 1))
		s.each(first, first, func(i int) {
			s.putUID(i)
			if item == "BODYSTRUCTURE" {
				s.resp = x.appendStructure(append(s.resp, "BODYSTRUCTURE "...))
			} else {
				s.putLiteral(item, x.text)
			}
		})
		s.done("OK", "Fetch completed")
	}
}

// putLiteral appends an item and its value as a literal, which is given in pieces.
func (s *session) putLiteral(item string, pieces ...[]byte) {
	octets := 0
	for _, p := range pieces {
		octets += len(p)
	}
	s.resp = fmt.Appendf(s.resp, "%s {%d}\r\n", item, octets)
	for _, p := range pieces {
		s.resp = append(s.resp, p...)
	}
	s.gen.sum.ServerLiterals++
	s.gen.sum.ServerLiteralOctets += int64(octets)
}

func (s *session) uidStore() {
	first, last := s.window(5)
	if last < first {
		s.noop()
		return
	}
	flag := []uint8{answered, flagged, deleted, deleted}[s.rng.IntN(4)]
	name := map[uint8]string{answered: `\Answered`, flagged: `\Flagged`, deleted: `\Deleted`}[flag]
	s.ask(`UID STORE %s +FLAGS (%s)`, s.uidSet(first, last), name)
	s.each(first, last, func(i int) {
		s.flags[i] |= flag
		s.putUID(i)
		s.putFlags(i)
	})
	s.done("OK", "Store completed")
}

func (s *session) uidSearch() {
	if s.rng.IntN(4) == 0 {
		s.command("UID SEARCH CHARSET UTF-8 SUBJECT ")
		text := "Möbel"
		s.gen.sum.ClientLiterals++
		s.gen.sum.ClientLiteralOctets += int64(len(text))
		s.req = fmt.Appendf(s.req, "{%d+}\r\n%s\r\n", len(text), text)
	} else {
		s.ask("UID SEARCH UNSEEN")
	}
	start := len(s.resp)
	s.resp = append(s.resp, "* SEARCH"...)
	for i, f := range s.flags {
		if f&seen == 0 {
			s.resp = strconv.AppendUint(append(s.resp, ' '), s.uidOf(i), 10)
		}
	}
	s.resp = append(s.resp, "\r\n"...)
	s.count("SEARCH", start)
	s.done("OK", "Search completed")
}

func (s *session) uidCopy() {
	first, last := s.window(3)
	if last < first {
		s.noop()
		return
	}
	from := s.uidSet(first, last)
	s.ask("UID COPY %s Archive", from)
	to := strconv.Itoa(s.copied + 1)
	if last > first {
		to += ":" + strconv.Itoa(s.copied+1+last-first)
	}
	s.copied += 1 + last - first
	var set []string // those of the range that are left
	for i := first; i <= last; i++ {
		set = append(set, strconv.FormatUint(s.uidOf(i-1), 10))
	}
	s.done("OK", fmt.Sprintf("[COPYUID 7 %s %s] Copy completed", strings.Join(set, ","), to))
}

// uidExpunge removes the deleted messages: each EXPUNGE has the number that the message has
// then (RFC 3501, section 7.4.1).
func (s *session) uidExpunge() {
	s.ask("EXPUNGE")
	for i := 0; i < len(s.flags); {
		if s.flags[i]&deleted == 0 {
			i++
			continue
		}
		s.flags, s.uids = slices.Delete(s.flags, i, i+1), slices.Delete(s.uids, i, i+1)
		s.untagged("EXPUNGE", "%d EXPUNGE", i+1)
	}
	s.done("OK", "Expunge completed")
}

func (s *session) list() {
	s.ask(`LIST "" "*"`)
	for _, name := range []string{"INBOX", "Archive", "Lists/17", "Entw&APw-rfe"} {
		s.untagged("LIST", `LIST (\HasNoChildren) "/" %s`, name)
	}
	s.done("OK", "List completed")
}

func (s *session) refusedCopy() {
	first, last := s.window(1)
	if last < first {
		s.noop()
		return
	}
	s.ask("UID COPY %s Nowhere", s.uidSet(first, last))
	s.done("NO", "[TRYCREATE] No such mailbox")
}
