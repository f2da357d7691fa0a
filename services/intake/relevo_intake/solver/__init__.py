"""The selection's mixed-integer program, solved to proven optimality by HiGHS in a process of its own."""
