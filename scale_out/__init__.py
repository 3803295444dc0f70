"""The series past one machine: the same models on a Spark cluster, and how the responses and the state get there."""
