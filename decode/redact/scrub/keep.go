package scrub

import (
	"maps"
	"strings"

	"imapscope/decode/protocol"
)

// vocabulary is what stays of texts, in lower case: the words of the protocol, and plain,
// which are those and the words of servers' texts that identify no one.
type vocabulary struct{ protocol, plain map[string]bool }

// newVocabulary returns the vocabulary. It is made when something is redacted, because most
// runs of the program redact nothing.
func newVocabulary() vocabulary {
	v := vocabulary{make(map[string]bool), make(map[string]bool)}
	add := func(to map[string]bool, text string) {
		b := []byte(strings.ToLower(text))
		for at, end := next(b, 0); at < len(b); at, end = next(b, end) {
			to[string(b[at:end])] = true
		}
	}
	for e := range protocol.All() {
		if e.Kind != protocol.EnvelopeField && e.Kind != protocol.AddressField {
			add(v.protocol, e.Name)
		}
	}
	add(v.protocol, "IMAP IMAP2 IMAP2bis IMAP4 IMAP4rev1 IMAP4rev2 TLS SSL SASL PLAIN CRAM MD5 GSSAPI NTLM XOAUTH2 OAUTHBEARER EXTERNAL ANONYMOUS ascii us utf 8 header fields not text mime x")
	maps.Copy(v.plain, v.protocol)
	add(v.plain, plainWords)
	return v
}

func (v *vocabulary) inProtocol(folded []byte) bool { return v.protocol[string(folded)] }
func (v *vocabulary) isPlain(folded []byte) bool    { return v.plain[string(folded)] }

// plainWords are common in the texts of servers. They include no names, and no word that
// is more likely to be personal data than a server's wording.
const plainWords = `
a about above abort aborted accepted access account action active add added after again all allowed already also an and
another any appended arg args argument arguments are as at atomic authenticate authenticated authentication authorization
authorized autologout available backend bad bboard bboards be because been before begin beginning being big bogus both box broken but
by bye bytes bytestream can cannot capabilities capability change changed character characters check checked checkpoint
clear client close closed closing code command commands complete completed conn connected connection connections contact
contains copied copy could count create created criteria criterion cur current currently daemon data database date day days deep
delete deleted denied deselected did different directory disabled disconnected does doesn done down due during each either
else empty enable enabled encountered end ended error errors exceeded exist existing exists expected expired expunge
expunged extra fail failed failing failure fatal fetch fetched few field fields file files find first flag flags folder folders
following for format found from full get getting given go good got group had has hasn have header headers hello here hour hours
idle if ignored illegal implemented in inactive inactivity incomplete incorrect inferior inferiors internal invalid is isn it item
items its keyword keywords kill killed kiss last later length less limit line lines list listed listing literal local lock locked log
logged login logins logout long longer lost machine mail mailbox mailboxes many match matched matching max maximum may
memory message messages method minute minutes missing mode modified modify moment more must name names need needed negotiation never new
newsgroup newsgroups next nil no non none nonexistent noop not nothing now null number obsolete occurred of off ok old on one only open
opened operation option or other out over overview own parameter parameters parenthesis parse parsed parser parsing
partial password path permanent permission permitted please post posted previous problem process processed protection
protocol quota quoted range reached read readable readonly ready reason received recent recognized referral
refused rejected remote rename renamed reply request requested require required reserved response restart
result results retry returned rev right running same saved search searched sec second seconds secs secure security select
selected sent sequence server servers service session set several sharing short shutdown shutting size so some sort space special
start started starting state status still stop store stored stream string subscribe subscribed success successful successfully
such support supported syntax system temporarily temporary terminated terminating text than that the then there this thread time timed timeout
times to too transaction try trying twice type unable unavailable under unexpected unhandled unimplemented unknown unparsable
unparseable unrecognized unselect unsubscribe unsupported until update updated upgrade use used user username using value
version via waiting want was we welcome were when which while will with within without word work working would write writable written
wrong yet you your zero
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep oct nov dec mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
ut utc gmt est edt cst cdt mst mdt pst pdt cet cest
dovecot cyrus courier debian ubuntu linux unix tops20 uw mbox mh mtx nntp imapd imapscope
`

// mimeWords are the words of body structures and of the corresponding header fields.
var mimeWords = func() map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(`text plain html enriched richtext multipart mixed alternative digest parallel related
		signed encrypted report application octet stream postscript pdf msword zip gzip image jpeg png gif tiff audio basic
		video mpeg message rfc822 partial external body delivery status disposition notification charset us ascii iso 8859
		1 2 3 4 5 6 7 8 9 10 13 14 15 16 utf unknown 8bit koi8 r u windows 1250 1251 1252 name format flowed fixed delsp yes no
		boundary type filename size inline attachment 7bit 8bit binary quoted printable base64 uuencode x nil
		protocol micalg pgp sha1 sha256 md5 version 0 calendar method en`) {
		set[w] = true
	}
	return set
}()

// fieldNames are header fields whose names identify no one (RFC 822, section 4.1, and
// fields that mail programs add).
var fieldNames = func() map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(`return-path received delivered-to reply-to from sender date to cc bcc message-id in-reply-to
		references keywords subject comments encrypted resent-from resent-sender resent-date resent-to resent-cc resent-bcc
		resent-message-id resent-reply-to mime-version content-type content-transfer-encoding content-id content-description
		content-disposition content-length content-language content-location content-base content-md5 lines status x-status
		x-keywords x-uid x-imap x-imapbase x-mailer x-priority x-sender x-to x-from-line x-mozilla-status x-face x-url x-newsreader
		user-agent organization organisation newsgroups path distribution expires followup-to approved control summary xref
		nntp-posting-host list-id list-help list-post list-subscribe list-unsubscribe list-archive list-owner precedence
		errors-to priority importance sensitivity return-receipt-to disposition-notification-to apparently-to mail-from
		original-recipient final-recipient action diagnostic-code reporting-mta remote-mta arrival-date dkim-signature
		domainkey-signature received-spf authentication-results arc-seal thread-topic thread-index auto-submitted x-spam-status
		x-spam-level x-spam-flag x-original-to x-envelope-to x-envelope-from x-mimeole x-msmail-priority x-loop fcc via
		posted-date phone-number`) {
		set[w] = true
	}
	return set
}()

// dateWords are the words that a date may contain besides numbers (RFC 822, section 5.1).
var dateWords = func() map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(`mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
		jan feb mar apr may jun jul aug sep oct nov dec january february march april june july august september october
		november december ut utc gmt est edt cst cdt mst mdt pst pdt cet cest met mest bst jst z am pm dst nil`) {
		set[w] = true
	}
	return set
}()
