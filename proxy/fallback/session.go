package fallback

import (
	"maps"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// session is an imapserver.Session over imapmemserver's that knows the
// recording's logins, keeps read-only mailboxes as they are, has the recording's delimiter, and stays within bounds.
type session struct {
	*imapmemserver.UserSession // nil before login
	server                     *imapServer
	account                    *account
	readOnly                   bool
}

// Close implements imapserver.Session.
func (s *session) Close() error { return s.UserSession.Close() }

// Login implements imapserver.Session.
func (s *session) Login(user, password string) error {
	if !s.server.accepts(user, password) {
		return refuse(imap.ResponseCodeAuthenticationFailed, "The recording has no such login")
	}
	*s = *s.server.sessionOf(s.server.accountOf(user))
	return nil
}

func refuse(code imap.ResponseCode, text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: text}
}

// Select implements imapserver.Session.
func (s *session) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	data, err := s.UserSession.Select(name, options)
	s.readOnly = err == nil && options.ReadOnly
	if s.readOnly {
		data.PermanentFlags = nil
	}
	return data, err
}

// writable returns an error if the mailbox was opened with EXAMINE (RFC 3501, section
// 6.3.2).
func (s *session) writable() error {
	if s.readOnly {
		return refuse("READ-ONLY", "The mailbox is read-only")
	}
	return nil
}

// Fetch implements imapserver.Session.
func (s *session) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	for _, b := range options.BodySection {
		b.Peek = b.Peek || s.readOnly
	}
	return s.UserSession.Fetch(w, set, options)
}

// Store implements imapserver.Session.
func (s *session) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, options *imap.StoreOptions) error {
	if err := s.writable(); err != nil {
		return err
	}
	return s.UserSession.Store(w, set, flags, options)
}

// Expunge implements imapserver.Session. CLOSE calls it, too, and removes nothing from a
// read-only mailbox (RFC 3501, section 6.4.2).
func (s *session) Expunge(w *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	if s.readOnly {
		return nil
	}
	return s.UserSession.Expunge(w, uids)
}

// Copy implements imapserver.Session.
func (s *session) Copy(set imap.NumSet, to string) (*imap.CopyData, error) {
	if s.server.messages.Load() > maxStoredNumber {
		return nil, refuse(imap.ResponseCodeOverQuota, "There are too many messages")
	}
	data, err := s.UserSession.Copy(set, to)
	if err == nil {
		if n, ok := data.DestUIDs.Nums(); ok {
			s.server.messages.Add(int64(len(n)))
		}
		if len(data.DestUIDs) == 0 {
			return nil, nil // COPYUID has no empty sets (RFC 4315, section 3)
		}
	}
	return data, err
}

// Move implements imapserver.SessionMove.
func (s *session) Move(w *imapserver.MoveWriter, set imap.NumSet, to string) error {
	if err := s.writable(); err != nil {
		return err
	}
	return s.UserSession.Move(w, set, to)
}

// Append implements imapserver.Session.
func (s *session) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	if s.server.messages.Add(1) > maxStoredNumber || s.server.octets.Add(r.Size()) > maxStored {
		return nil, refuse(imap.ResponseCodeOverQuota, "There is no room for more messages")
	}
	return s.UserSession.Append(name, r, options)
}

// AppendLimit implements imapserver.SessionAppendLimit (RFC 7889).
func (s *session) AppendLimit() uint32 { return maxLiteral }

// Create implements imapserver.Session.
func (s *session) Create(name string, options *imap.CreateOptions) error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	if len(s.account.folders) >= maxMailboxes {
		return refuse(imap.ResponseCodeLimit, "There are too many mailboxes")
	}
	name = strings.TrimRight(name, string(s.account.delimiter))
	if err := s.UserSession.Create(name, options); err != nil {
		return err
	}
	s.account.folders[name] = new(folder)
	return nil
}

// Delete implements imapserver.Session.
func (s *session) Delete(name string) error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	if err := s.UserSession.Delete(name); err != nil {
		return err
	}
	delete(s.account.folders, name)
	return nil
}

// Rename implements imapserver.Session.
func (s *session) Rename(from, to string, options *imap.RenameOptions) error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	if err := s.UserSession.Rename(from, to, options); err != nil {
		return err
	}
	s.account.folders[to] = s.account.folders[from]
	delete(s.account.folders, from)
	return nil
}

// Subscribe implements imapserver.Session.
func (s *session) Subscribe(name string) error { return s.subscribe(name, true) }

// Unsubscribe implements imapserver.Session.
func (s *session) Unsubscribe(name string) error { return s.subscribe(name, false) }

func (s *session) subscribe(name string, on bool) error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	f := s.account.folders[name]
	if f == nil {
		return refuse(imap.ResponseCodeNonExistent, "No such mailbox")
	}
	f.subscribed = on
	return nil
}

// List implements imapserver.Session.
func (s *session) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	a := s.account
	if len(patterns) == 0 { // it asks for the delimiter
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: a.delimiter})
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(a.folders)) {
		f := a.folders[name]
		matches := slices.ContainsFunc(patterns, func(p string) bool { return imapserver.MatchList(name, a.delimiter, ref, p) })
		if !matches || options.SelectSubscribed && !f.subscribed || options.SelectSpecialUse {
			continue
		}
		data := imap.ListData{Mailbox: name, Delim: a.delimiter}
		if f.subscribed && (options.SelectSubscribed || options.ReturnSubscribed) {
			data.Attrs = append(data.Attrs, imap.MailboxAttrSubscribed)
		}
		if options.ReturnStatus != nil {
			var err error
			if data.Status, err = a.user.Status(name, options.ReturnStatus); err != nil {
				return err
			}
		}
		if err := w.WriteList(&data); err != nil {
			return err
		}
	}
	return nil
}

// Namespace implements imapserver.SessionNamespace.
func (s *session) Namespace() (*imap.NamespaceData, error) {
	return &imap.NamespaceData{Personal: []imap.NamespaceDescriptor{{Delim: s.account.delimiter}}}, nil
}

// Idle implements imapserver.Session. Outside a mailbox there is nothing to report.
func (s *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	<-stop
	return s.Poll(w, true)
}
