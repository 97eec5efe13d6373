"""Central reading: who reads which case, in which steps, and how two reads become one."""
