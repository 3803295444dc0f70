"""The series past one machine: the same models on a Spark cluster, and what brings the replies and the state there."""
