package pcap

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// Open opens a capture file for NewReader; "-" is standard input, which Close
// leaves open. Errors are a *FileError.
func Open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, openError(name, err)
	}
	if st, err := f.Stat(); err == nil && st.IsDir() {
		f.Close()
		return nil, &FileError{File: name, Offset: -1, What: "is a directory", Hint: "name the capture files in it"}
	}
	return f, nil
}

// Exist returns a *FileError for the first of the named files that is not there or cannot be
// looked at. "-" is.
func Exist(names []string) error {
	for _, name := range names {
		if _, err := os.Stat(name); name != "-" && err != nil {
			return openError(name, err)
		}
	}
	return nil
}

func openError(name string, err error) *FileError {
	e := &FileError{File: name, Offset: -1, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.What = "no such file"
	case errors.Is(err, fs.ErrPermission):
		e.What, e.Hint = "no permission to read it", "captures are often root's: sudo chown $USER FILE"
	default:
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		e.What = "cannot open it: " + err.Error()
	}
	return e
}
