//go:build !unix

package sandbox

import (
	"fmt"
	"os"
)

// lockFile only opens the file: without flock nothing keeps a second sandbox away.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the state's lock: %w", err)
	}
	return file, nil
}
