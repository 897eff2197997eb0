package tls

import (
	"errors"
	"os"
	"path/filepath"
)

// DefaultCADir returns the folder of the user's CA.
func DefaultCADir() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", errors.Join(errors.New("no folder for the CA: set HOME or XDG_CONFIG_HOME"), err)
	}
	return filepath.Join(dir, "imapscope", "ca"), nil
}
