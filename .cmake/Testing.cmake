# src/testing: the face by which users test their own code in a virtual world (holdfast/testing.h).
# Needs the fault server, hence its own file after that one's.
holdfast_room(testing hf_api hf_sim hf_engine hf_http hf_base fault_sim)
