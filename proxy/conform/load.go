package conform

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxMail bounds the file of messages of a script.
const maxMail = 64 << 20

// Load reads a script, or those of a folder: imaptest's, or ours if the header has a title.
// Their messages are those of FILE.mbox, else of default.mbox beside it.
func Load(name string) ([]*Script, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		s, err := loadFile(name)
		return []*Script{s}, err
	}
	list, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	var out []*Script
	for _, f := range list {
		if n := f.Name(); f.IsDir() || n[0] == '.' || filepath.Ext(n) == mboxExt {
			continue
		}
		s, err := loadFile(filepath.Join(name, f.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: there are no scripts", name)
	}
	return out, nil
}

const mboxExt = ".mbox"

func loadFile(name string) (*Script, error) {
	b, err := readBounded(name, MaxScript)
	if err != nil {
		return nil, err
	}
	var s *Script
	if isOwn(b) {
		s, err = Parse(name, b)
	} else {
		s, err = parseImapTest(name, b, os.LookupEnv)
	}
	if err != nil {
		return nil, err
	}
	s.Name = filepath.Base(name)
	for _, mbox := range []string{name + mboxExt, filepath.Join(filepath.Dir(name), "default"+mboxExt)} {
		m, err := readBounded(mbox, maxMail)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		}
		if s.Mail = ReadMail(m); len(s.Mail) == 0 {
			return nil, fmt.Errorf("%s: there are no messages", mbox)
		}
		break
	}
	return s, nil
}

// isOwn reports whether the header of a script has a title.
func isOwn(b []byte) bool {
	for text := range strings.Lines(string(b)) {
		if text = strings.TrimRight(text, "\r\n"); text == "" {
			return false
		}
		if name, _, ok := strings.Cut(text, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "title") {
			return true
		}
	}
	return false
}

func readBounded(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s: more than %d bytes", name, most)
	}
	return b, err
}
