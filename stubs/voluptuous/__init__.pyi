# Home Assistant answers `import voluptuous` with probatio; this tells the type checker what really runs.
from probatio import *
